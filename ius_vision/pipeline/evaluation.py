"""A wall model and the measurement behind it, held against frames whose truth is known."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass, fields
from itertools import pairwise
from pathlib import Path

import numpy as np

from ius_vision.errors import BadUsage
from ius_vision.findings.whole_file import whole_file
from ius_vision.measurement.bwt_error import BwtErrorModel
from ius_vision.outcomes import Abstained, Measured
from ius_vision.pipeline.agreement import Agreement, agreement
from ius_vision.pipeline.evaluation_page import evaluation_page
from ius_vision.pipeline.frame_look import look_at_frame
from ius_vision.pipeline.reliability import (
    gain_of_abstaining,
    gain_of_threshold,
    interval_calibration,
    probability_calibration,
    probability_counts,
)
from ius_vision.segmentation.dataset import Case, read_dataset
from ius_vision.segmentation.metrics import Overlap, overlap
from ius_vision.segmentation.model import WallModel
from ius_vision.vocabulary import Label

LABELS = (Label.LUMEN, Label.WALL, Label.INFLAMED_FAT)
THICKNESS_STEPS_MM = (0.0, 2.0, 3.0, 4.0, 6.0, 9.0, np.inf)
GROUPS = ("view", "lumen", "probe")


@dataclass(frozen=True, slots=True)
class FrameResult:
    """One case: overlap of each label, and measured against true thickness in mm.

    `true_mm` is None where no wall is there; `thickness`, `quality` and `confidence` are what `measurement`
    gives for the frame. `probability` holds `reliability.probability_counts` of the wall.
    """

    case: str
    row: dict[str, str]
    overlaps: dict[Label, Overlap]
    wall_found: bool
    true_mm: float | None
    thickness: Measured[float] | Abstained
    quality: float
    confidence: float
    probability: np.ndarray


@dataclass(frozen=True, slots=True)
class EvaluateOrder:
    """Which model is held against which dataset folder, and where the figures go."""

    model: Path
    data: Path
    out: Path


def write_evaluation(order: EvaluateOrder, progress: Callable[[int], None] = lambda count: None) -> dict:
    """Evaluate and write `evaluation.json` and `evaluation.html`.

    Returns
    -------
    The figures, as in the JSON file.

    Raises
    ------
    BadUsage
        `model_missing`, `bad_model_bundle`, `bad_dataset`, `out_not_writable`.
    IusError
        `model_changed`.
    """
    model = WallModel.load(order.model)
    cases = read_dataset(order.data)
    try:
        order.out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise BadUsage("out_not_writable", f"cannot write there: {error.strerror}", str(order.out)) from error
    results = evaluate_cases(model, cases, BwtErrorModel.from_card(model.card), progress)
    figures = summarise(results)
    about = {"model": model.name, "version": model.version, "sha256": model.sha256, "data": order.data.name}
    for name, text in (
        ("evaluation.json", json.dumps(about | figures, indent=1) + "\n"),
        ("evaluation.html", evaluation_page(figures, **about)),
    ):
        with whole_file(order.out / name) as stream:
            stream.write(text.encode())
    return figures


def evaluate_cases(
    model: WallModel,
    cases: Iterable[Case],
    error: BwtErrorModel,
    progress: Callable[[int], None] = lambda count: None,
) -> list[FrameResult]:
    """Segment and measure every case.

    Raises
    ------
    BadUsage
        `bad_dataset`: a case cannot be read.
    """
    results = []
    for case in cases:
        grey, true = case.read()
        look = look_at_frame(model, grey, case.spacing, np.ones(grey.shape, bool), error)
        seen, measured = look.segmentation, look.measurement
        results.append(
            FrameResult(
                case=case.name,
                row=case.row,
                overlaps={
                    label: overlap(seen.labels == label, true == label, case.spacing) for label in LABELS
                },
                wall_found=bool((seen.labels == Label.WALL).any()),
                true_mm=case.bwt_mm,
                thickness=measured.thickness,
                quality=measured.quality,
                confidence=measured.confidence,
                probability=probability_counts(seen.wall_probability, true == Label.WALL),
            )
        )
        progress(1)
    return results


def summarise(results: Sequence[FrameResult]) -> dict:
    """All figures of an evaluation, ready for JSON; a figure that is not defined is None."""
    bowel = [item for item in results if item.true_mm is not None]
    empty = [item for item in results if item.true_mm is None]
    return {
        "frames": len(results),
        "labels": {label.name.lower(): _label_figures(results, label) for label in LABELS},
        "wall_found_share": _share(item.wall_found for item in bowel),
        "bwt": _thickness_figures(bowel),
        "bwt_by": {name: _by_group(bowel, name) for name in GROUPS} | {"true_bwt_mm": _by_thickness(bowel)},
        "reliability": _reliability(results),
        "without_wall": {
            "frames": len(empty),
            "wall_found_share": _share(item.wall_found for item in empty),
            "measured_share": _share(isinstance(item.thickness, Measured) for item in empty),
        },
        "abstained": dict(
            Counter(item.thickness.reason for item in bowel if isinstance(item.thickness, Abstained))
        ),
        "cases": [_case_row(item) for item in results],
    }


def _is_pair(item: FrameResult) -> bool:
    return item.true_mm is not None and isinstance(item.thickness, Measured)


def _thickness_figures(results: Sequence[FrameResult]) -> dict:
    pairs = [(item.thickness, item.true_mm) for item in results if _is_pair(item)]
    figures: dict = {"frames": len(results), "measured_share": _share(_is_pair(item) for item in results)}
    if len(pairs) < 3:
        names = (*(field.name for field in fields(Agreement)), "interval_coverage")
        return figures | dict.fromkeys(names) | {"n": len(pairs)}
    found = agreement([thickness.value for thickness, _ in pairs], [true for _, true in pairs])
    intervals = [(thickness, true) for thickness, true in pairs if thickness.low is not None]
    covered = _share(thickness.low <= true <= thickness.high for thickness, true in intervals)
    return figures | asdict(found) | {"interval_coverage": covered}


def _reliability(results: Sequence[FrameResult]) -> dict:
    """Calibration of intervals and probabilities, and what is gained by leaving frames out."""
    pairs = [item for item in results if _is_pair(item)]
    false = [item for item in results if item.true_mm is None and isinstance(item.thickness, Measured)]
    with_interval = [item for item in pairs if item.thickness.high is not None]
    errors = [item.thickness.value - item.true_mm for item in pairs]
    return {
        "intervals": interval_calibration(
            [item.thickness for item in with_interval], [item.true_mm for item in with_interval]
        ),
        "wall_probability": probability_calibration(sum(item.probability for item in results)),
        "abstaining_by_confidence": gain_of_abstaining([item.confidence for item in pairs], errors),
        "abstaining_by_quality": gain_of_abstaining([item.quality for item in pairs], errors),
        "confidence_threshold": gain_of_threshold(
            [item.confidence for item in pairs], [item.confidence for item in false]
        ),
    }


def _by_group(results: Sequence[FrameResult], name: str) -> dict:
    values = sorted({item.row.get(name, "") for item in results} - {""})
    return {
        value: _thickness_figures([item for item in results if item.row[name] == value]) for value in values
    }


def _by_thickness(results: Sequence[FrameResult]) -> dict:
    found = {}
    for low, high in pairwise(THICKNESS_STEPS_MM):
        inside = [item for item in results if low <= item.true_mm < high]
        if inside:
            found[f"{low:g} to {high:g}" if np.isfinite(high) else f"{low:g} or more"] = _thickness_figures(
                inside
            )
    return found


def _label_figures(results: Sequence[FrameResult], label: Label) -> dict:
    overlaps = [item.overlaps[label] for item in results]
    return {
        name: _mean(getattr(found, name) for found in overlaps) for name in ("dice", "hd95_mm", "asd_mm")
    } | {"frames": sum(found.dice is not None for found in overlaps)}


def _case_row(item: FrameResult) -> dict:
    thickness = item.thickness
    wall = item.overlaps[Label.WALL]
    row = {"case": item.case, "true_bwt_mm": item.true_mm, "status": thickness.status, "wall_dice": wall.dice}
    row |= {"confidence": item.confidence} | {name: item.row.get(name, "") for name in GROUPS}
    if isinstance(thickness, Measured):
        found = {"bwt_mm": thickness.value, "low_mm": thickness.low, "high_mm": thickness.high}
        return row | found | {"quality": item.quality}
    return row | {"reason": thickness.reason}


def _share(flags: Iterable[bool]) -> float | None:
    return _mean(float(flag) for flag in flags)


def _mean(values: Iterable[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return float(np.mean(known)) if known else None
