"""Which file became which: the list that stays inside, beside the key."""

from __future__ import annotations

import csv
import io
import os
from collections.abc import Iterator
from pathlib import Path

from ius_vision.dicom.clip import Scan
from ius_vision.dicom.walk import shown as as_text
from ius_vision.errors import BadUsage
from ius_vision.findings.formula import guarded, unguarded
from ius_vision.findings.whole_file import whole_file

LIST_COLUMNS = ("input", "file", "patient_id", "pseudonym", "study_instance_uid", "exam_id")


def list_beside(key: Path) -> Path:
    """Where the list of a key lies."""
    return key.with_name(f"{key.name}.exams.csv")


def file_names(given: Scan, shown: Scan) -> Iterator[tuple[str, str]]:
    """Every file of an exam, as it is named and as it is shown."""
    for own, other in zip(given.exams, shown.exams, strict=True):
        yield from zip((file for _, file in own.files), (file for _, file in other.files), strict=True)


def write_links(path: Path, given: Scan, shown: Scan) -> None:
    """Write which file is which, beside the key; what stands there of other files stays.

    Raises
    ------
    BadUsage
        `bad_key`: the list cannot be read or written.
    """
    try:
        rows = _read_links(path)
        for own, other in zip(given.exams, shown.exams, strict=True):
            for (place, _), (_, file) in zip(own.files, other.files, strict=True):
                about = (own.patient_id, other.patient_id, own.study_instance_uid, other.exam_id)
                rows[as_text(os.path.realpath(place))] = (file, *about)
        unread = [
            pair
            for exams in zip(given.exams, shown.exams, strict=True)
            for pair in zip(*(exam.unread for exam in exams), strict=True)
        ]
        for one, hidden in (*unread, *zip(given.unread, shown.unread, strict=True)):
            about = (one.patient_id, hidden.patient_id, one.study_instance_uid, "")
            rows[as_text(os.path.realpath(one.path))] = (hidden.file, *about)
        text = io.StringIO(newline="")
        sheet = csv.writer(text, lineterminator="\n")
        sheet.writerow(LIST_COLUMNS)
        sheet.writerows([guarded(cell) for cell in (name, *rows[name])] for name in sorted(rows))
        with whole_file(path) as stream:
            stream.write(text.getvalue().encode("utf-8", "replace"))
    except (OSError, ValueError) as error:
        said = f"the list of what became what cannot be kept ({getattr(error, 'strerror', None) or error})"
        raise BadUsage("bad_key", said, str(path), "Keep the key where you may write") from error


def _read_links(path: Path) -> dict[str, tuple[str, ...]]:
    if not path.exists():
        return {}
    with path.open(encoding="utf-8", newline="") as stream:
        lines = list(csv.reader(stream))[1:]
    return {unguarded(line[0]): tuple(unguarded(cell) for cell in line[1:]) for line in lines}
