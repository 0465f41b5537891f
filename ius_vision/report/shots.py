"""Figures of a clip: its key frame, its thickness over frames, its thumbnail."""

from __future__ import annotations

from collections.abc import Sequence

from ius_vision.findings import ClipRow, FrameRow
from ius_vision.geometry import Box, Spacing
from ius_vision.report.chart import FramePoint, ThicknessSeries, thickness_chart
from ius_vision.report.evidence import ClipEvidence
from ius_vision.report.overlay import Shot, key_frame
from ius_vision.report.view import Figure
from ius_vision.report.words import MODES, VIEWS, words_of


def shot_figure(clip: ClipRow, evidence: ClipEvidence, jpeg: bytes) -> Figure:
    """The key frame with everything drawn on it."""
    said = [
        words_of(MODES, clip.mode),
        words_of(VIEWS, clip.view),
        f"frame {evidence.frame} of {clip.frames}",
    ]
    if clip.bwt_status == "measured":
        said.append(f"BWT over the clip {clip.bwt_mm:.1f} mm")
    if clip.cds_status == "measured":
        said.append(f"CDS {clip.cds}")
    if clip.vascularity_index_percent is not None:
        said.append(f"{clip.vascularity_index_percent:.1f} % of the wall coloured")
    if clip.flow_towards_percent is not None:
        said.append(f"{clip.flow_towards_percent:.0f} % of its flow towards the probe")
    if clip.velocity_speed_cm_s is not None:
        said.append(f"mean speed {clip.velocity_speed_cm_s:.1f} cm/s")
    if clip.psv_cm_s is not None:
        said.append(spectrum_figures(clip))
    caption = f"{clip.file}: {', '.join(said)}."
    drawing = key_frame(_shot(evidence, jpeg), f"Key frame of {clip.file}", caption)
    return Figure(drawing, caption)


def spectrum_figures(clip: ClipRow) -> str:
    """Velocities and index of a spectral still that was read."""
    return f"PSV {clip.psv_cm_s:.0f} cm/s, EDV {clip.edv_cm_s:.0f} cm/s, RI {clip.resistive_index:.2f}"


def thickness_figure(clip: ClipRow, frames: Sequence[FrameRow]) -> Figure | None:
    """Thickness over the frames looked at; None where there was at most one."""
    if len(frames) < 2:
        return None
    timed = all(row.time_s is not None for row in frames)
    points = [FramePoint(row.time_s if timed else float(row.frame), row.bwt_mm) for row in frames]
    measured = clip.bwt_status == "measured"
    mean, low, high = (
        (clip.bwt_mm, clip.bwt_ci_low_mm, clip.bwt_ci_high_mm) if measured else (None, None, None)
    )
    series = ThicknessSeries(points, "time, s" if timed else "frame", mean, low, high)
    return Figure(thickness_chart(series, f"Thickness over the frames of {clip.file}"))


def bolus_figure(clip: ClipRow, evidence: ClipEvidence, jpeg: bytes) -> Figure:
    """Both panels at the peak, with what of the wall and the reference region is drawn there."""
    of = f" of {clip.frames}" if evidence.frame <= clip.frames else " of the joined files"
    user = evidence.bolus is not None and evidence.bolus.region == "user"
    names = {
        "wall": "the user's region dotted" if user else "the wall dotted",
        "vessel": "the proposed reference region as a full line",
    }
    kinds = {line.kind for line in evidence.lines}
    drawn = ", ".join(name for kind, name in names.items() if kind in kinds)
    shown = f"{drawn}, on both panels" if drawn else "both panels"
    caption = f"{clip.file}, frame {evidence.frame}{of}: {shown}."
    return Figure(key_frame(_shot(evidence, jpeg), f"Peak of the bolus in {clip.file}", caption), caption)


def thumbnail(evidence: ClipEvidence, jpeg: bytes) -> Figure:
    """A small picture without drawings."""
    bare = Shot(jpeg, Box(*evidence.box), None)
    return Figure(key_frame(bare, f"Frame {evidence.frame} of {evidence.file}", ""))


def _shot(evidence: ClipEvidence, jpeg: bytes) -> Shot:
    spacing = Spacing(*evidence.spacing_mm) if evidence.spacing_mm else None
    return Shot(jpeg, Box(*evidence.box), spacing, evidence.lines, evidence.caliper_mm)
