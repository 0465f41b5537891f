"""All frames of a B-mode clip together."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ius_vision.measurement.bwt_error import Z_95, BwtErrorModel, Interval
from ius_vision.measurement.fat import FatEvidence, grade_evidence, mean_evidence
from ius_vision.measurement.frame import FrameMeasurement
from ius_vision.measurement.shape import NOTHING_SEEN, WallShape, pooled_shape
from ius_vision.measurement.stratification import LayerEvidence, grade_layers, median_layers
from ius_vision.outcomes import Abstained, Measured, commonest
from ius_vision.vocabulary import View

# A wall that shows in fewer of the frames than this is a passing guess.
LEAST_SHARE_MEASURED = 0.2
# Frames further from the median than three robust deviations (and this share of it) are left out of the mean.
OUTLIER_DEVIATIONS, OUTLIER_SHARE = 3.0, 0.15
# Frames of one clip show one wall: they may not scatter by more than this share of the median.
MOST_SCATTER = 0.3
LEAST_SHARE_AGREEING = 0.6
# Neighbouring frames are nearly the same picture; this much, where too few are there to find out.
USUAL_CORRELATION = 0.8
FRAMES_FOR_CORRELATION = 8
BEST_FRAME_SHARE = 0.1
# A grade that fewer of the frames share than this is not settled.
SETTLED_SHARE = 0.6


@dataclass(frozen=True, slots=True)
class ClipMeasurement:
    """What a clip gives; `best_frame` counts from 0 in the frames that were given, None without a measured
    one.

    `quality` is that of the best frame, `mean_quality` that of the `used` frames behind the thickness.
    `set_aside` holds the measured frames, from 0, that disagree with the others and are left out of the
    mean. `fat` and `layers` are what the used frames show of fat and layers, pooled; None where none of
    them shows it. `shape` holds the medians of what the used frames show.
    """

    bwt: Measured[float] | Abstained
    best_frame: int | None
    quality: float
    mean_quality: float
    bws: Measured[int] | Abstained
    lost_layer_mm: float | None
    ifat: Measured[int] | Abstained
    view: View
    frames: int
    measured: int
    used: int
    set_aside: tuple[int, ...] = ()
    fat: FatEvidence | None = None
    layers: LayerEvidence | None = None
    shape: WallShape = NOTHING_SEEN


def measure_clip(frames: Sequence[FrameMeasurement], error: BwtErrorModel) -> ClipMeasurement:
    """Mean thickness over the assessable frames of a clip, with a 95 % interval, and the settled grades.

    Returns
    -------
    Its thickness is abstained with the commonest reason of the frames where none was measured,
    `too_few_frames` where fewer than a fifth of them were, and `frames_disagree` where they scatter beyond
    what one wall does.

    Notes
    -----
    The variance is the shared part of the model's error plus what is left of its other part, of the scatter
    along the wall and of the scatter between frames after division by the number of frames that count as
    independent, n (1 - r) / (1 + r) with r the correlation of neighbouring frames.
    """
    measured = [index for index, frame in enumerate(frames) if isinstance(frame.thickness, Measured)]
    view = _view([frames[index] for index in measured])
    if not measured:
        return _abstained(_commonest_reason(frames), view, len(frames), 0)
    if len(measured) < LEAST_SHARE_MEASURED * len(frames):
        why = Abstained(
            "too_few_frames",
            f"The wall could be measured in {len(measured)} of {len(frames)} frames only; use a clip that "
            "stays on the wall.",
        )
        return _abstained(why, view, len(frames), len(measured))
    values = np.array([frames[index].thickness.value for index in measured])
    agreeing = _agreeing(values)
    scatter = float(values[agreeing].std())
    if agreeing.mean() < LEAST_SHARE_AGREEING or scatter > MOST_SCATTER * float(np.median(values)):
        why = Abstained(
            "frames_disagree",
            f"Thickness runs from {values.min():.1f} to {values.max():.1f} mm between frames, which one wall "
            "does not; use a steadier clip.",
        )
        return _abstained(why, view, len(frames), len(measured))
    used = [index for index, agrees in zip(measured, agreeing, strict=True) if agrees]
    bwt = _mean([frames[index] for index in used], error)
    best = _best(frames, used, bwt.value)
    bws, layers = _bws([frames[index] for index in used])
    ifat, fat = _ifat([frames[index] for index in used])
    return ClipMeasurement(
        bwt=bwt,
        best_frame=best,
        quality=frames[best].quality,
        mean_quality=float(np.mean([frames[index].quality for index in used])),
        bws=bws,
        lost_layer_mm=layers.lost_mm if layers else None,
        ifat=ifat,
        view=view,
        frames=len(frames),
        measured=len(measured),
        used=len(used),
        set_aside=tuple(index for index in measured if index not in used),
        fat=fat,
        layers=layers,
        shape=pooled_shape([frames[index].shape for index in used]),
    )


def _abstained(why: Abstained, view: View, frames: int, measured: int) -> ClipMeasurement:
    return ClipMeasurement(why, None, 0.0, 0.0, why, None, why, view, frames, measured, 0)


def _commonest_reason(frames: Sequence[FrameMeasurement]) -> Abstained:
    if not frames:
        return Abstained("no_frames", "No frame of the clip was looked at.")
    return commonest([frame.thickness for frame in frames])


def _view(frames: Sequence[FrameMeasurement]) -> View:
    votes = Counter(frame.view for frame in frames if frame.view != View.UNKNOWN)
    if not votes:
        return View.UNKNOWN
    view, count = votes.most_common(1)[0]
    return view if count >= SETTLED_SHARE * len(frames) else View.UNKNOWN


def _agreeing(values: np.ndarray) -> np.ndarray:
    median = float(np.median(values))
    away = np.abs(values - median)
    return away <= max(OUTLIER_DEVIATIONS * 1.48 * float(np.median(away)), OUTLIER_SHARE * median)


def _mean(frames: Sequence[FrameMeasurement], error: BwtErrorModel) -> Measured[float]:
    values = np.array([frame.thickness.value for frame in frames])
    mean = float(values.mean())
    independent = _independent(values)
    model = float(np.mean([error.variance_mm2(mean, frame.quality) for frame in frames]))
    own = [_own_variance(frame, error) for frame in frames]
    lasting = error.shared * model
    passing = (1 - error.shared) * model + float(np.mean(own)) + float(values.var())
    interval = Interval.around(mean, lasting + passing / independent)
    return Measured(mean, interval.low_mm, interval.high_mm)


def _own_variance(frame: FrameMeasurement, error: BwtErrorModel) -> float:
    """Variance of a frame's mean from the scatter along its wall, mm²."""
    reading = frame.thickness
    return max(
        0.0, ((reading.high - reading.value) / Z_95) ** 2 - error.variance_mm2(reading.value, frame.quality)
    )


def _independent(values: np.ndarray) -> float:
    """How many independent readings the frames are worth."""
    correlation = USUAL_CORRELATION
    if len(values) >= FRAMES_FOR_CORRELATION and values.std() > 1e-9:
        centred = values - values.mean()
        correlation = float((centred[1:] * centred[:-1]).sum() / (centred**2).sum())
        correlation = min(max(correlation, 0.0), 0.99)
    return max(1.0, len(values) * (1 - correlation) / (1 + correlation))


def _best(frames: Sequence[FrameMeasurement], used: Sequence[int], bwt_mm: float) -> int:
    """The clearest frame that shows about the clip's thickness."""
    away = {index: abs(frames[index].thickness.value - bwt_mm) for index in used}
    near = [index for index in used if away[index] <= BEST_FRAME_SHARE * bwt_mm]
    return max(near, key=lambda index: frames[index].quality) if near else min(used, key=away.__getitem__)


def _ifat(frames: Sequence[FrameMeasurement]) -> tuple[Measured[int] | Abstained, FatEvidence | None]:
    """The grade of the frames' evidence together."""
    looks = [frame.fat_sign.evidence for frame in frames if frame.fat_sign.evidence is not None]
    if not looks:
        return frames[0].fat, None
    pooled = mean_evidence(looks)
    return grade_evidence([pooled]), pooled


def _bws(frames: Sequence[FrameMeasurement]) -> tuple[Measured[int] | Abstained, LayerEvidence | None]:
    """The grade of the frames' lengths together, where more than half of them show layers or their loss."""
    looks = [frame.layers.evidence for frame in frames if frame.layers.evidence is not None]
    if 2 * len(looks) <= len(frames):
        return next(frame.stratification for frame in frames if frame.layers.evidence is None), None
    pooled = median_layers(looks)
    return grade_layers([pooled]), pooled
