"""The features of every segment of an exam: what its clips measured, put together by group."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict

import numpy as np

from ius_vision.dicom.clip import ExamFiles
from ius_vision.findings.feature_row import GROUPS, MAYBE, FeatureRow
from ius_vision.measurement.fat import mean_evidence
from ius_vision.measurement.shape import pooled_shape, stricture_seen
from ius_vision.measurement.texture import pooled_texture
from ius_vision.outcomes import Abstained, NoValue
from ius_vision.pipeline.rows import (
    NOTED,
    ClipLook,
    direction_cells,
    fat_cells,
    flow_cells,
    iso_date,
    naming,
    shape_cells,
    velocity_cells,
)
from ius_vision.vocabulary import Mode, Segment

Cells = dict[str, object]
DEVICE = ("Manufacturer", "ManufacturerModelName")


def feature_rows(exam: ExamFiles, looks: Sequence[ClipLook]) -> tuple[FeatureRow, ...]:
    """A row for every segment that stands in the segments table, in its order."""
    rows = []
    for segment in Segment:
        own = [look for look in looks if look.clip.segment.value == segment]
        seen = [look for look in own if look.items]
        if own and (segment != Segment.UNKNOWN or seen):
            rows.append(_row(exam, segment, own, seen))
    return tuple(rows)


def noted_cells(looks: Sequence[ClipLook]) -> Cells:
    """What a reader noted; a yes for one clip of the segment holds for all of it."""
    said = {name: {look.noted[name] for look in looks if name in look.noted} for name in NOTED}
    return {name: "yes" if "yes" in words else "no" for name, words in said.items() if words}


def _row(exam: ExamFiles, segment: Segment, own: Sequence[ClipLook], seen: Sequence[ClipLook]) -> FeatureRow:
    found = {
        "layers": _layers(seen), "loss": _loss(seen), "fat": _fat(seen), "flow": _flow(seen),
        "direction": _motion(seen, "direction", direction_cells),
        "velocity": _motion(seen, "velocity", velocity_cells),
        "spectral": _spectral(own), "lumen": _lumen(seen), "edge": _edge(seen),
        "texture": _texture(seen),
    }  # fmt: skip
    if segment == Segment.UNKNOWN and len(seen) > 1:
        found = dict.fromkeys(found, _not_merged(len(seen)))
    cells: Cells = noted_cells(own)
    for group, outcome in found.items():
        if isinstance(outcome, NoValue):
            cells |= {f"{group}_{part}": getattr(outcome, part) for part in ("status", "reason", "detail")}
        else:
            names = (*GROUPS[group], *MAYBE.get(group, ()))
            cells |= {f"{group}_status": "measured"} | {name: outcome[name] for name in names}
    return FeatureRow(
        exam_id=exam.exam_id,
        patient_id=exam.patient_id,
        study_instance_uid=exam.study_instance_uid,
        study_date=iso_date(exam.study_date),
        segment=str(segment),
        device="; ".join(dict.fromkeys(filter(None, map(_device, own)))),
        **cells,
    )


def _device(look: ClipLook) -> str:
    return " ".join(filter(None, (look.clip.header.get(name, "").strip() for name in DEVICE)))


def _not_merged(clips: int) -> Abstained:
    return Abstained(
        "segment_unknown",
        f"{clips} clips do not say which bowel segment they show, so they are not put together; name the "
        "segments in the manifest.",
    )


def _why(looks: Sequence[ClipLook], item: str, what: str, otherwise: NoValue | None = None) -> NoValue:
    """Why no clip has something: the reason of one that was looked at for the item."""
    outcomes = [naming(look.items[item], look.clip.file) for look in looks if item in look.items]
    for outcome in outcomes:
        if isinstance(outcome, NoValue):
            return outcome
    if outcomes and otherwise is not None:
        return otherwise
    return Abstained(
        "not_recorded", f"No clip of this segment shows its {what}; record one to have it measured."
    )


def _layers(looks: Sequence[ClipLook]) -> Cells | NoValue:
    shape = pooled_shape([look.shape for look in looks])
    if shape.layers is not None:
        return shape_cells(shape)
    if not any(look.layers for look in looks):
        return _why(looks, "bws", "wall layers")
    return Abstained(
        "layers_not_seen",
        "Less than 8 mm of wall show mucosa, submucosa and muscularis apart; lost_layer_mm says how far they "
        "are lost.",
    )


def _loss(looks: Sequence[ClipLook]) -> Cells | NoValue:
    lengths = [look.layers.lost_mm for look in looks if look.layers]
    return {"lost_layer_mm": max(lengths)} if lengths else _why(looks, "bws", "wall layers")


def _fat(looks: Sequence[ClipLook]) -> Cells | NoValue:
    signs = [look.fat for look in looks if look.fat]
    if not any(sign.compared for sign in signs):
        return _why(looks, "ifat", "mesenteric fat")
    mean = mean_evidence(signs)
    return {**fat_cells(mean), "fat_extent_percent": 100 * min(1.0, mean.fat_mm / mean.seen_mm)}


def _flow(looks: Sequence[ClipLook]) -> Cells | NoValue:
    flows = [look for look in looks if look.flow]
    return flow_cells(max(flows, key=_flow_rank).flow) if flows else _why(looks, "cds", "flow")


def _motion(looks: Sequence[ClipLook], part: str, cells_of: Callable[..., Cells]) -> Cells | NoValue:
    """Direction or velocity: of the clips that have it, the one that would stand for the flow."""
    outcomes = [
        naming(getattr(look.motion, part), look.clip.file)
        for look in sorted(looks, key=_flow_rank, reverse=True)
        if look.motion
    ]
    for outcome in outcomes:
        if not isinstance(outcome, NoValue):
            return cells_of(outcome)
    return outcomes[0] if outcomes else _why(looks, "cds", "flow")


def _spectral(looks: Sequence[ClipLook]) -> Cells | NoValue:
    """Medians of the stills, without sign: which way a vessel runs past the probe says nothing of it."""
    stills = [look for look in looks if look.clip.mode == Mode.SPECTRAL_DOPPLER]
    figures = [look.spectral for look in stills if look.spectral]
    if figures:
        names = ("psv_cm_s", "edv_cm_s", "resistive_index")
        return {name: float(np.median([abs(getattr(one, name)) for one in figures])) for name in names}
    for look in stills:
        if look.outcome is not None:
            return naming(look.outcome, look.clip.file)
    return _why((), "", "spectrum")


def _flow_rank(look: ClipLook) -> tuple[int, float]:
    """Of several Doppler clips the one with the highest grade, of equal ones the one with most colour."""
    return (look.items["cds"].value, look.flow.vascularity_index_percent) if look.flow else (-1, 0.0)


def _lumen(looks: Sequence[ClipLook]) -> Cells | NoValue:
    lumens = [look.shape.lumen for look in looks if look.shape.lumen]
    if not lumens:
        unseen = Abstained(
            "lumen_not_spanned",
            "No clip shows both walls of 8 mm of lumen (gas hides the far one); use one that does.",
        )
        return _why(looks, "bwt", "lumen", unseen)
    return {
        "lumen_mm": float(np.median([lumen.median_mm for lumen in lumens])),
        "lumen_narrowest_mm": min(lumen.narrowest_mm for lumen in lumens),
        "lumen_widest_mm": max(lumen.widest_mm for lumen in lumens),
        "stricture": "yes" if stricture_seen(lumens) else "no",
    }


def _edge(looks: Sequence[ClipLook]) -> Cells | NoValue:
    shape = pooled_shape([look.shape for look in looks])
    if shape.roughness_mm is not None:
        return shape_cells(shape)
    short = Abstained(
        "wall_too_short", "No 8 mm of the inner edge are seen in one piece; use a clip that shows more wall."
    )
    return _why(looks, "bwt", "inner edge", short)


def _texture(looks: Sequence[ClipLook]) -> Cells | NoValue:
    texture = pooled_texture([look.texture for look in looks])
    if texture is not None:
        return {f"texture_{name}": value for name, value in asdict(texture).items()}
    none = Abstained(
        "no_texture",
        "No clip shows 16 mm2 of labelled wall with pixels of 0.3 mm or finer; use one that does.",
    )
    return _why(looks, "bwt", "texture", none)
