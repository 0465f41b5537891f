"""From what was seen to the contract's rows."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import date

from ius_vision.dicom.clip import Calibration, Clip, ExamFiles, TimeBase, Unread
from ius_vision.dicom.manifest import ManifestRow
from ius_vision.findings.rows import ITEMS, ClipRow, ContrastRow, FrameRow
from ius_vision.measurement.doppler import FlowFigures
from ius_vision.measurement.fat import FatEvidence
from ius_vision.measurement.shape import NOTHING_SEEN, WallShape
from ius_vision.measurement.spectral import SpectralFigures
from ius_vision.measurement.stratification import LayerEvidence
from ius_vision.measurement.texture import WallTexture
from ius_vision.outcomes import Abstained, Entered, Failed, Measured, NoValue
from ius_vision.pipeline.doppler_checks import DopplerChecks
from ius_vision.pipeline.doppler_velocity import FlowDirection, FlowMotion, FlowVelocity
from ius_vision.report.evidence import ClipEvidence
from ius_vision.vocabulary import View

Item = Measured | Entered | NoValue | None
"""What came of an item; None where nobody looks for it in this mode."""
NAMES_OF_FLOW = {"longest_mm": "longest_vessel_mm", "beyond_mm": "vessel_beyond_mm"}
NOTED = ("lymph_nodes", "free_fluid")
"""What only a reader can say of a segment's surroundings."""
VALUE_CELLS = {"bwt": "bwt_mm", "bws": "bws", "ifat": "ifat", "cds": "cds"}


@dataclass(frozen=True, slots=True)
class ClipLook:
    """What looking at one clip gave.

    Attributes
    ----------
    primary : the item that the mode is looked at for, `bwt` or `cds`; empty where the mode is not measured.
    items : what came of each item; absent where nobody looked.
    outcome : why the clip as a whole gave nothing; None where its items tell.
    best_frame : from 0.
    seen_view : what the wall's shape looks like.
    overruled : which measured values a reader's replaced, a sentence each.
    quality : mean of the frames behind the thickness, 0 to 1.
    fat, layers : what the grades of fat and layers rest on.
    shape : layers, lumen and inner edge of the wall.
    texture : of the wall, median of the frames that gave a thickness.
    flow : how much flow a Doppler clip shows in the wall.
    motion : direction and velocity of that flow.
    spectral, angle_deg : what a spectral still shows, and the angle its velocities are corrected for.
    notes : what a reader should know about the look, a sentence each.
    settings : what is known of a Doppler clip's settings.
    noted : what a reader noted of the surroundings, by column.
    """

    clip: Clip
    primary: str = ""
    items: Mapping[str, Item] = field(default_factory=dict)
    outcome: Abstained | Failed | None = None
    best_frame: int | None = None
    frames: tuple[FrameRow, ...] = ()
    contrast: tuple[ContrastRow, ...] = ()
    frames_looked_at: int | None = None
    seen_view: str = "unknown"
    evidence: ClipEvidence | None = None
    overruled: tuple[str, ...] = ()
    quality: float = 1.0
    fat: FatEvidence | None = None
    layers: LayerEvidence | None = None
    shape: WallShape = NOTHING_SEEN
    texture: WallTexture | None = None
    flow: FlowFigures | None = None
    motion: FlowMotion | None = None
    spectral: SpectralFigures | None = None
    angle_deg: float | None = None
    notes: tuple[str, ...] = ()
    noted: Mapping[str, str] = field(default_factory=dict)
    settings: DopplerChecks = field(default_factory=DopplerChecks)


def with_reader_items(look: ClipLook, row: ManifestRow | None) -> ClipLook:
    """Put a reader's values in the place of measured ones, and say which measured ones they overruled."""
    given = {item: getattr(row, cell) for item, cell in VALUE_CELLS.items()} if row else {}
    given = {item: value for item, value in given.items() if value is not None}
    overruled = tuple(
        f"{VALUE_CELLS[item]}: measured {was.value:.3g}, the manifest {given[item]:.3g}"
        for item, was in look.items.items()
        if item in given and isinstance(was, Measured)
    )
    items = {**look.items, **{item: Entered(value) for item, value in given.items()}}
    noted = {name: str(value) for name in NOTED if row and (value := getattr(row, name)) is not None}
    return replace(look, items=items, overruled=overruled, noted=noted)


def view_of(look: ClipLook) -> str:
    """The view that words or tags name; where they do not, the one the wall's shape shows."""
    named = look.clip.view.value
    return str(look.seen_view if named == View.UNKNOWN else named)


def clip_row(exam_id: str, look: ClipLook) -> ClipRow:
    """The row of a file that was read."""
    clip = look.clip
    area = clip.main_area
    scale = area.calibration if area else None
    cells = _scale_cells(scale) | _status_cells(look)
    for item in ITEMS:
        cells |= item_cells(item, look.items.get(item))
    thickness = look.items.get("bwt")
    if isinstance(thickness, Measured):
        cells |= {"bwt_ci_low_mm": thickness.low, "bwt_ci_high_mm": thickness.high}
    time = clip.time_base
    return ClipRow(
        exam_id=exam_id,
        patient_id=clip.patient_id,
        study_instance_uid=clip.study_instance_uid,
        sop_instance_uid=clip.sop_instance_uid,
        study_date=iso_date(clip.study_date),
        file=clip.file,
        mode=str(clip.mode),
        mode_evidence="; ".join(clip.mode_evidence),
        segment=clip.segment.value,
        segment_source=clip.segment.source,
        view=view_of(look),
        view_source=clip.view.source if clip.view.value == view_of(look) else "pixels",
        frames=clip.frames,
        rows=clip.rows,
        columns=clip.columns,
        best_frame=None if look.best_frame is None else look.best_frame + 1,
        frames_looked_at=look.frames_looked_at,
        frames_measured=sum(row.bwt_mm is not None for row in look.frames) if look.frames else None,
        **(flow_cells(look.flow) if look.flow else {}),
        **(motion_cells(look.motion) if look.motion else {}),
        **(spectral_cells(look.spectral) if look.spectral else {}),
        doppler_angle_deg=look.angle_deg,
        lost_layer_mm=look.layers.lost_mm if look.layers else None,
        **(fat_cells(look.fat) if look.fat else {}),
        time_source=time.source if isinstance(time, TimeBase) else None,
        decoder=clip.decoder.name,
        decoder_version=clip.decoder.version,
        sha256=clip.sha256,
        overruled="; ".join((*clip.overruled, *look.overruled)),
        warnings="; ".join((*clip.warnings, *look.settings.warnings, *look.notes)),
        **look.settings.cells,
        **look.noted,
        **cells,
    )


def flow_cells(flow: FlowFigures) -> dict[str, float]:
    """The cells of a Doppler clip's figures."""
    return {NAMES_OF_FLOW.get(name, name): value for name, value in asdict(flow).items()}


def direction_cells(direction: FlowDirection) -> dict[str, object]:
    """The cells of where the vessels' flow goes."""
    return {
        "flow_towards_percent": direction.towards_percent,
        "flow_aliased": "yes" if direction.aliased else "no",
    }


def velocity_cells(velocity: FlowVelocity) -> dict[str, object]:
    """The cells of how fast it flows."""
    return {
        "velocity_mean_cm_s": velocity.mean_cm_s,
        "velocity_speed_cm_s": velocity.speed_cm_s,
        "velocity_peak_towards_cm_s": velocity.peak_towards_cm_s,
        "velocity_peak_away_cm_s": velocity.peak_away_cm_s,
    }


def motion_cells(motion: FlowMotion) -> dict[str, object]:
    """The cells of a Doppler clip's direction and velocity, and why there is none."""
    direction, velocity = motion.direction, motion.velocity
    cells = {} if isinstance(direction, Abstained) else direction_cells(direction)
    if isinstance(velocity, Abstained):
        return cells | {
            f"velocity_{part}": getattr(velocity, part) for part in ("status", "reason", "detail")
        }
    return cells | {"velocity_status": "measured"} | velocity_cells(velocity)


def spectral_cells(figures: SpectralFigures) -> dict[str, float]:
    """The cells of a spectral still."""
    return {
        "psv_cm_s": figures.psv_cm_s,
        "edv_cm_s": figures.edv_cm_s,
        "resistive_index": figures.resistive_index,
        "spectral_beats": figures.beats,
        "heart_rate_bpm": figures.heart_rate_bpm,
    }


def fat_cells(fat: FatEvidence) -> dict[str, float]:
    """The cells of what a grade of fat rests on; those that could not be told are left out."""
    cells = {
        "fat_mm": fat.fat_mm,
        "fat_excess_db": fat.excess_db,
        "fat_thickness_mm": fat.depth_mm,
        "fat_burden_db_mm": fat.burden_db_mm,
        "fat_probability_percent": 100 * fat.probability,
        "fat_peak_db_mm": fat.peak_db_mm,
    }
    return {name: value for name, value in cells.items() if not math.isnan(value)}


def shape_cells(shape: WallShape) -> dict[str, float]:
    """The cells of a wall's layers, lumen and inner edge; none for what is not seen."""
    cells = {}
    if layers := shape.layers:
        cells |= {name: getattr(layers, name) for name in ("mucosa_mm", "submucosa_mm", "muscularis_mm")}
        cells["submucosa_percent"] = 100 * layers.submucosa_share
    if lumen := shape.lumen:
        cells |= {
            "lumen_mm": lumen.median_mm,
            "lumen_narrowest_mm": lumen.narrowest_mm,
            "lumen_widest_mm": lumen.widest_mm,
        }
    if shape.roughness_mm is not None:
        cells["wall_irregularity_mm"] = shape.roughness_mm
    return cells


def unread_row(exam_id: str, unread: Unread) -> ClipRow:
    """The row of a file that gave no clip."""
    return ClipRow(
        exam_id=exam_id,
        patient_id=unread.patient_id,
        study_instance_uid=unread.study_instance_uid,
        sop_instance_uid=unread.sop_instance_uid,
        study_date=iso_date(unread.study_date),
        file=unread.file,
        status=unread.outcome.status,
        reason=unread.outcome.reason,
        detail=naming(unread.outcome, unread.file).detail,
    )


def failed_rows(exam: ExamFiles, failure: Failed) -> list[ClipRow]:
    """The rows of an exam that could not be done: a row for each of its files."""
    lost = [
        Unread(path, file, failure, exam.study_instance_uid, exam.patient_id, exam.study_date)
        for path, file in exam.files
    ]
    return [unread_row(exam.exam_id, one) for one in (*lost, *exam.unread)]


def iso_date(text: str) -> str | None:
    """DICOM's YYYYMMDD as YYYY-MM-DD; None for what is no date."""
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError:
        return None


def item_cells(item: str, outcome: Item) -> dict[str, object]:
    """The cells of one item: value, status, and why there is none."""
    if outcome is None:
        return {}
    cells: dict[str, object] = {f"{item}_status": outcome.status}
    if isinstance(outcome, (Measured, Entered)):
        return cells | {VALUE_CELLS[item]: outcome.value}
    return cells | {f"{item}_reason": outcome.reason, f"{item}_detail": outcome.detail}


def naming(outcome: Item, file: str) -> Item:
    """An outcome without a value says in which file."""
    if not isinstance(outcome, NoValue) or file in outcome.detail:
        return outcome
    return replace(outcome, detail=f"{outcome.detail.rstrip('.')}. File: {file}.")


def _status_cells(look: ClipLook) -> dict[str, object]:
    """The status of the item that the mode is looked at for; where it has no value, a reader's counts."""
    first = look.items.get(look.primary)
    if isinstance(first, (Measured, Entered)):
        return {"status": first.status}
    if any(isinstance(item, Entered) for item in look.items.values()):
        return {"status": "entered"}
    if look.spectral or (look.outcome is None and any(row.status == "measured" for row in look.contrast)):
        return {"status": "measured"}
    why = look.outcome or first
    return {"status": why.status, "reason": why.reason, "detail": naming(why, look.clip.file).detail}


def _scale_cells(scale: Calibration | Abstained | None) -> dict[str, object]:
    if not isinstance(scale, Calibration):
        return {"calibration_evidence": scale.detail} if scale else {}
    return {
        "spacing_x_mm": scale.spacing.column_mm,
        "spacing_y_mm": scale.spacing.row_mm,
        "spacing_source": scale.source,
        "calibration_evidence": " ".join(scale.evidence),
    }
