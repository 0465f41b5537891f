"""When contrast was injected, on the clip's own clock."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import pydicom

from ius_vision.dicom.header import read_header, text
from ius_vision.dicom.manifest import ManifestRow

EARLIEST_S, LATEST_S = -300.0, 600.0
FORMATS = ("%H%M%S.%f", "%H%M%S", "%H%M")


@dataclass(frozen=True, slots=True)
class Injection:
    """Seconds from the first frame, and where they are stated."""

    time_s: float
    source: str


def find_injection(path: Path, row: ManifestRow | None) -> Injection | None:
    """The injection of a clip: the manifest's, else Contrast/Bolus Start Time against the clip's start.

    Notes
    -----
    Trigger Time counts from the R wave and is no injection. A start more than 5 minutes before the clip or
    10 after its start belongs to another recording.

    Raises
    ------
    Unreadable
        The file's header cannot be read.
    """
    if row is not None and row.injection_time_s is not None:
        return Injection(row.injection_time_s, "manifest")
    dataset = read_header(path).dataset
    bolus, start = day_second(text(dataset, "ContrastBolusStartTime")), _start_s(dataset)
    if bolus is None or start is None or not EARLIEST_S <= bolus - start <= LATEST_S:
        return None
    return Injection(round(bolus - start, 3), "dicom:ContrastBolusStartTime")


def _start_s(dataset: pydicom.Dataset) -> float | None:
    """Time of day at which the clip began."""
    moments = (text(dataset, "AcquisitionDateTime")[8:], text(dataset, "AcquisitionTime"))
    found = (day_second(moment) for moment in (*moments, text(dataset, "ContentTime")))
    return next((second for second in found if second is not None), None)


def day_second(moment: str) -> float | None:
    """Seconds since midnight of a DICOM time (PS3.5 TM); an offset from UTC is left out of both."""
    bare = moment.split("+")[0].split("-")[0].strip()
    for form in FORMATS:
        try:
            read = datetime.strptime(bare, form)
        except ValueError:
            continue
        return read.hour * 3600.0 + read.minute * 60.0 + read.second + read.microsecond / 1e6
    return None
