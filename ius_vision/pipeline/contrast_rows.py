"""From a bolus and its fits to the rows of the contrast table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ius_vision.contrast.compression import is_too_coarse
from ius_vision.contrast.linear import DisplayMap
from ius_vision.contrast.panels import Panels
from ius_vision.contrast.perfusion import RegionFit
from ius_vision.contrast.study import REFERENCE, WALL, BolusStudy
from ius_vision.dicom.clip import Clip, TimeBase
from ius_vision.dicom.dynamic_range import DynamicRange
from ius_vision.dicom.injection import Injection
from ius_vision.findings.contrast_row import ContrastRow
from ius_vision.findings.rows import HAS_VALUE
from ius_vision.geometry import Spacing
from ius_vision.outcomes import Abstained, Failed
from ius_vision.pipeline.contrast_join import Recording
from ius_vision.pipeline.rows import naming
from ius_vision.vocabulary import interval_names

WITHOUT_INTERVAL = ("ti_s", "to_s", "mean_s", "baseline")
UNLIT_FLAGGED = 1.02
IN_TABLE = (
    "t0_s", "pe", "ttp_s", "rt_s", "ft_s", "mtt_s", "wi_auc", "wo_auc", "wiwo_auc", "wir", "wor", "wipi",
)  # fmt: skip


@dataclass(frozen=True, slots=True, eq=False)
class Circumstances:
    """What all rows of a clip share.

    `files` are the curves and the mask of the regions; amplitudes were divided by `compression`, None where
    no JPEG is known of.
    """

    clip: Clip
    known: DynamicRange | None
    panels: Panels
    display: DisplayMap
    spacing: Spacing | None
    study: BolusStudy
    wall_pattern: str
    files: tuple[str, str]
    injection: Injection | None
    compression: float | None
    recording: Recording


def bare_row(clip: Clip, known: DynamicRange | None, why: Abstained | Failed, roi: str = "") -> ContrastRow:
    """The row of a clip or region that has no curve."""
    return ContrastRow(
        exam_id="",
        file=clip.file,
        sop_instance_uid=clip.sop_instance_uid,
        segment=clip.segment.value,
        roi=roi,
        dynamic_range_db=known.range_db if known else None,
        dynamic_range_source=known.source if known else None,
        status=why.status,
        reason=why.reason,
        detail=naming(why, clip.file).detail,
    )


def region_rows(about: Circumstances, fits: Sequence[RegionFit]) -> tuple[ContrastRow, ...]:
    """A row a region and model; a wall that was not found has a row that says so."""
    beside = {
        fit.model: fit.values["pe"] for fit in fits if fit.region == REFERENCE and fit.values.get("pe", 0) > 0
    }
    shared = _shared_cells(about)
    rows = [_row(about, fit, beside.get(fit.model), shared) for fit in fits]
    reference = about.study.reference
    if reference is not None and isinstance(reference.wall, Abstained):
        rows.insert(0, bare_row(about.clip, about.known, reference.wall, WALL))
    return tuple(rows)


def contrast_outcome(rows: Sequence[ContrastRow]) -> Abstained | None:
    """Why a clip as a whole gave nothing; None where a region was measured."""
    if any(row.status in HAS_VALUE for row in rows):
        return None
    told = next((row for row in rows if row.roi == WALL), rows[0])
    return Abstained(told.reason, told.detail)


def _shared_cells(about: Circumstances) -> dict[str, object]:
    study, time = about.study, about.clip.time_base
    shift_mm = None
    if study.followed and about.spacing is not None:
        used = [place for place, kept in zip(study.positions, study.used, strict=True) if kept]
        size = about.spacing.row_mm, about.spacing.column_mm
        shift_mm = max((float(np.hypot(p.rows * size[0], p.columns * size[1])) for p in used), default=None)
    return {
        "exam_id": "",
        "file": about.clip.file,
        "sop_instance_uid": about.clip.sop_instance_uid,
        "segment": about.clip.segment.value,
        "dynamic_range_db": about.known.range_db if about.known else None,
        "dynamic_range_source": about.known.source if about.known else None,
        "frames_dropped": int(np.count_nonzero(~study.used)) if study.reference else None,
        "largest_shift_mm": shift_mm,
        "time_source": time.source if isinstance(time, TimeBase) else None,
        "injection_time_s": about.injection.time_s if about.injection else None,
        "injection_source": about.injection.source if about.injection else "none",
        "panels": about.panels.evidence,
        "display_map": about.display.source,
        "compression_factor": about.compression,
        "joined_files": ";".join(about.recording.files) if len(about.recording.files) > 1 else None,
        "curve_file": about.files[0],
        "mask": about.files[1],
    }


def _row(
    about: Circumstances, fit: RegionFit, reference_pe: float | None, shared: dict[str, object]
) -> ContrastRow:
    values = fit.values
    cells: dict[str, object] = {name: values.get(name) for name in (*IN_TABLE, *WITHOUT_INTERVAL)}
    for name in IN_TABLE:
        ends = fit.interval(name)
        if ends is not None:
            cells.update(zip(interval_names(name), ends, strict=True))
    pe, baseline = values.get("pe"), values.get("baseline")
    if pe is not None and pe > 0:
        cells["pe_db"] = _db(pe)
        cells["pe_to_reference_db"] = _db(pe / reference_pe) if reference_pe else None
        seen = baseline is not None and baseline > 0 and not fit.at_floor
        cells["enhancement_db"] = _db((baseline + pe) / baseline) if seen else None
    outcome = fit.outcome
    flags = [flag for flag in fit.flags.split(";") if flag] + (["baseline_at_floor"] if fit.at_floor else [])
    if about.study.reference is not None and not about.study.followed:
        flags.append("motion_not_followed")
    if is_too_coarse(about.clip.luminance_steps):
        flags.append("coarse_jpeg")
    unlit_share = about.study.unlit_share(fit.region)
    unlit_factor = about.study.unlit_factor(fit.region)
    if unlit_factor >= UNLIT_FLAGGED:
        flags.append("part_without_contrast")
    if about.recording.unplaced:
        flags.append("not_joined")
    mask = about.study.regions[fit.region]
    area_mm2 = None
    if about.spacing is not None:
        area_mm2 = float(mask.sum()) * about.spacing.row_mm * about.spacing.column_mm
    return ContrastRow(
        **shared,
        **cells,
        roi=fit.region,
        model=fit.model,
        qof=fit.qof,
        status="measured" if outcome is None else outcome.status,
        reason=None if outcome is None else outcome.reason,
        detail=None if outcome is None else naming(outcome, about.clip.file).detail,
        flags=";".join(flags),
        preferred_model=fit.preferred,
        residual_sd=fit.residual_sd,
        window_end_s=fit.window_end_s,
        frames_used=fit.frames_used,
        saturated_share=min(fit.saturated, 1.0) if np.isfinite(fit.saturated) else None,
        roi_mm2=area_mm2,
        unlit_share=unlit_share,
        unlit_factor=unlit_factor if unlit_share is not None and np.isfinite(unlit_factor) else None,
        wall_pattern=about.wall_pattern if fit.region == WALL else None,
    )


def _db(ratio: float) -> float:
    return float(10.0 * np.log10(ratio))
