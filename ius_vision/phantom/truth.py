"""The tables of truth beside phantom exams: a row a file, and a row a segment of an exam."""

from __future__ import annotations

import numpy as np
import pydicom

from ius_vision.phantom.cine import Cine
from ius_vision.phantom.files import number
from ius_vision.phantom.labels import FrameTruth
from ius_vision.phantom.plan import Visit
from ius_vision.vocabulary import Mode

CURVE_COLUMNS = (
    "t0_s", "baseline", "pe", "ttp_s", "rt_s", "ft_s", "mtt_s", "wi_auc", "wo_auc", "wiwo_auc", "wir",
    "wor", "wipi",
)  # fmt: skip
CLIP_COLUMNS = (
    "file", "patient_id", "study_instance_uid", "sop_instance_uid", "visit", "study_date", "segment", "view",
    "mode", "frames", "rows", "columns", "bwt_mm", "bws", "lost_length_mm", "ifat", "cds", "probe", "lumen",
    "spacing_x_mm", "spacing_y_mm", "spacing_written", "transfer_syntax", "dynamic_range_db", "curve_area",
    "curve_m", "curve_s", *CURVE_COLUMNS, "velocity_scale_cm_s", "flow_towards_percent", "velocity_mean_cm_s",
    "velocity_speed_cm_s", "velocity_peak_towards_cm_s", "velocity_peak_away_cm_s",
)  # fmt: skip
PEAK_PERCENT = 95
SEGMENT_COLUMNS = (
    "patient_id", "study_instance_uid", "visit", "study_date", "segment", "bwt_mm", "bws", "ifat", "cds",
    "ibus_sas",
)  # fmt: skip


def clip_row(
    file: str, dataset: pydicom.Dataset, cine: Cine, visit: Visit, truths: list[FrameTruth]
) -> dict[str, object]:
    """One file's truth; thickness is the mean over its frames, CDS is given for Doppler only."""
    spacing, first = cine.scene.scanner.spacing, truths[0]
    doppler = cine.plan.mode == Mode.COLOR_DOPPLER
    row: dict[str, object] = {
        "file": file,
        "patient_id": dataset.PatientID,
        "study_instance_uid": dataset.StudyInstanceUID,
        "sop_instance_uid": dataset.SOPInstanceUID,
        "visit": visit.name,
        "study_date": visit.day.isoformat(),
        "segment": cine.plan.state.segment.value,
        "view": cine.plan.view.value,
        "mode": cine.plan.mode.value,
        "frames": len(truths),
        "rows": dataset.Rows,
        "columns": dataset.Columns,
        "bwt_mm": number(float(np.mean([truth.bwt_mm for truth in truths]))),
        "bws": first.bws,
        "lost_length_mm": number(first.lost_length_mm, 2),
        "ifat": first.ifat,
        "cds": cine.plan.state.cds if doppler else None,
        "probe": first.probe,
        "lumen": first.lumen,
        "spacing_x_mm": number(spacing.column_mm, 6),
        "spacing_y_mm": number(spacing.row_mm, 6),
        "spacing_written": "region" if "SequenceOfUltrasoundRegions" in dataset else "ruler",
        "transfer_syntax": dataset.file_meta.TransferSyntaxUID,
    }
    if cine.bolus is not None:
        row |= _curve(cine)
    return row


def _curve(cine: Cine) -> dict[str, object]:
    bolus = cine.bolus
    if bolus.area == 0:  # without a bolus there are no figures, not figures of nothing
        return {"dynamic_range_db": number(cine.range_db, 1), "baseline": f"{bolus.baseline:.9g}"}
    shape = {"curve_area": bolus.area, "curve_m": bolus.m, "curve_s": bolus.s}
    curve = {name: f"{value:.9g}" for name, value in (shape | bolus.parameters()).items()}
    return {"dynamic_range_db": number(cine.range_db, 1), **curve}


def flow_cells(cine: Cine, velocity_cm_s: np.ndarray) -> dict[str, object]:
    """How the vessels in the wall flow; `velocity_cm_s` holds every pixel of them over the frames."""
    if cine.velocity_cm_s is None:
        return {}
    cells = {"velocity_scale_cm_s": number(cine.velocity_cm_s, 1)}
    if velocity_cm_s.size == 0:
        return cells
    figures = {"mean": np.mean(velocity_cm_s), "speed": np.mean(np.abs(velocity_cm_s))}
    for name, sign in (("peak_towards", 1), ("peak_away", -1)):
        own = sign * velocity_cm_s[sign * velocity_cm_s > 0]
        if own.size:
            figures[name] = sign * np.percentile(own, PEAK_PERCENT)
    cells |= {f"velocity_{name}_cm_s": number(float(value), 3) for name, value in figures.items()}
    return cells | {"flow_towards_percent": number(float(100 * np.mean(velocity_cm_s > 0)), 2)}


def segment_rows(visit: Visit, clips: list[dict[str, object]]) -> list[dict[str, object]]:
    """Truth of a visit's segments, from their B-mode files.

    Notes
    -----
    Thickness is the mean over the four B-mode cines; BWS the worst that any of them shows, since a short
    field cannot show a long loss. IBUS-SAS = 4 BWT + 15 i-fat + 7 CDS + 4 BWS.
    """
    rows = []
    for state in visit.states:
        mine = [row for row in clips if row["segment"] == state.segment and row["mode"] == Mode.B_MODE]
        bwt_mm = float(np.mean([float(row["bwt_mm"]) for row in mine]))
        bws = max(row["bws"] for row in mine)
        score = 4 * bwt_mm + 15 * state.ifat + 7 * state.cds + 4 * bws
        same = {name: mine[0][name] for name in SEGMENT_COLUMNS[:5]}
        rows.append(
            same
            | {
                "bwt_mm": number(bwt_mm),
                "bws": bws,
                "ifat": state.ifat,
                "cds": state.cds,
                "ibus_sas": number(score),
            }
        )
    return rows
