"""Spectral Doppler stills: the strip that the header calibrates is read."""

from __future__ import annotations

import numpy as np

from ius_vision.dicom.clip import Clip
from ius_vision.dicom.spectral_region import SpectralRegion
from ius_vision.measurement.spectral import SpectralFigures, SpectralStrip, find_base_line, measure_spectrum
from ius_vision.outcomes import Abstained
from ius_vision.pipeline.pictures import PictureFolder
from ius_vision.pipeline.rows import ClipLook
from ius_vision.pipeline.scene import one_frame
from ius_vision.report.evidence import ClipEvidence, Line

NO_BASE_LINE = Abstained(
    "no_base_line",
    "Neither the header nor a line in the spectrum says where velocity 0 is; export with region calibration.",
)
ANGLE_UNKNOWN = "The angle of the spectrum is not known; its velocities hold if the machine has corrected it."


def measure_spectral(clip: Clip, name: str, pictures: PictureFolder) -> ClipLook:
    """Read PSV, EDV and RI of a still; of a cine its last frame.

    Parameters
    ----------
    name : the clip's name in the names of pictures.

    Raises
    ------
    Unreadable
        The frame cannot be decoded.
    """
    region = clip.spectrum
    if isinstance(region, Abstained):
        return ClipLook(clip, outcome=region)
    last = clip.frames - 1
    frame = one_frame(clip, last, colour=True)
    patch = np.ascontiguousarray(frame[region.box.slices])
    zero = region.zero_row
    zero = find_base_line(patch) if zero is None else zero - region.box.row0
    if zero is None:
        return ClipLook(clip, outcome=NO_BASE_LINE)
    found = measure_spectrum(SpectralStrip(patch, region.second_px, region.cm_s_px, zero))
    if isinstance(found, Abstained):
        return ClipLook(clip, outcome=found)
    picture, box = pictures.save_picture(name, last, frame, region.box)
    evidence = ClipEvidence(clip.file, picture, last + 1, box, lines=_envelope(found, region))
    return ClipLook(
        clip,
        best_frame=last,
        frames_looked_at=1,
        spectral=found,
        angle_deg=region.angle_deg,
        notes=() if region.angle_deg is not None else (ANGLE_UNKNOWN,),
        evidence=evidence,
    )


def _envelope(found: SpectralFigures, region: SpectralRegion) -> tuple[Line, ...]:
    """The envelope as lines in frame pixels, broken where no spectrum is seen."""
    rows = found.envelope_rows
    parts = np.split(np.arange(rows.size), np.flatnonzero(np.diff(np.isnan(rows))) + 1)
    top, left = region.box.row0, region.box.column0
    return tuple(
        Line("envelope", tuple((float(top + rows[column]), float(left + column)) for column in part))
        for part in parts
        if part.size > 1 and not np.isnan(rows[part[0]])
    )
