"""From the curves of a clip's regions to perfusion figures, each with its interval or the reason without."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from ius_vision.contrast.curves import Fits, best_of, fit_best, fit_curves
from ius_vision.contrast.linear import DisplayMap, PowerScale
from ius_vision.contrast.models import MODELS, TEXTBOOK_NAMES, evaluate, from_textbook
from ius_vision.contrast.parameters import PARAMETERS
from ius_vision.contrast.recorder import RegionCurves
from ius_vision.outcomes import Abstained

# Ranges that machines are used with; where none is known, peak and arrival must not depend on which.
UNKNOWN_RANGES_DB = (50.0, 40.0, 65.0)
TIMES = ("t0_s", "ttp_s")
HEIGHTS = ("pe", "wi_auc", "wo_auc", "wiwo_auc", "wir", "wor", "wipi")
SATURATED_LIMIT = 0.05
LEAST_USED = 0.5
_TOP_FRAMES = 0.1
_AT_FLOOR = 0.5
_SATURATED = (
    "{share:.0%} of the region's pixels are at the display's white end around the peak, limit "
    f"{SATURATED_LIMIT:.0%}: about as much of the power is cut off; record with less gain or a larger range."
)
RANGE_UNKNOWN = (
    "The dynamic range is not stated in the file, so grey levels cannot be turned into echo power; give "
    "dynamic_range_db in the manifest, or --assume-dynamic-range."
)
TINT_UNKNOWN = (
    "The contrast panel is tinted and the screen shows no bar of that tint, so its colours cannot be turned "
    "into echo power; export the clip with its bar or in grey."
)
_TIMES_DISAGREE = "The times depend on the range that is taken, so they are not given either. "


@dataclass(frozen=True, slots=True)
class RegionFit:
    """The figures of one region and model.

    Attributes
    ----------
    values, half_widths : by name of `parameters.PARAMETERS`; a name that is absent was not measured.
    outcome : why there are no figures, or only times; None where all are there.
    qof : R² of the fit; None where none was made.
    saturated : share of pixels at the display's white end around the peak.
    at_floor : whether most pixels were at the black end before arrival.
    preferred : model with the lowest AICc; empty where none measures the curve.
    shape : the model's two textbook parameters; None where nothing was fitted.
    height_reach : factors of 1 at most and 1 at least that heights may be off by, beyond the curve's noise.
    """

    region: str
    model: str
    values: Mapping[str, float] = field(default_factory=dict)
    half_widths: Mapping[str, float] = field(default_factory=dict)
    outcome: Abstained | None = None
    qof: float | None = None
    flags: str = ""
    saturated: float = 0.0
    at_floor: bool = False
    preferred: str = ""
    residual_sd: float | None = None
    window_end_s: float | None = None
    frames_used: int | None = None
    shape: tuple[float, float] | None = None
    height_reach: tuple[float, float] = (1.0, 1.0)

    def interval(self, name: str) -> tuple[float, float] | None:
        """Ends of the 95 % interval of a figure; None where it has none."""
        if name not in self.values or name not in self.half_widths:
            return None
        ends = self.values[name] - self.half_widths[name], self.values[name] + self.half_widths[name]
        if name not in HEIGHTS:
            return ends
        reached = [end * factor for end in ends for factor in self.height_reach]
        return (min(reached), max(reached)) if np.isfinite(reached).all() else None

    def curve(self, times_s: NDArray[np.float64]) -> NDArray[np.float64] | None:
        """The fitted curve with its baseline; None where no amplitude was told."""
        if self.shape is None or not {"pe", "ttp_s", "baseline"} <= self.values.keys():
            return None
        _, width, skew = from_textbook(self.model, *self.shape)
        v = (times_s - self.values["ttp_s"]) / width
        height = evaluate(self.model, v[None], np.array([[float(skew)]])).h[0]
        return self.values["baseline"] + self.values["pe"] * height


def scales_of(display: DisplayMap, range_db: float | None) -> tuple[PowerScale, ...]:
    """Tables for a range that is known, or for the usual ones where it is not."""
    ranges = UNKNOWN_RANGES_DB if range_db is None else (range_db,)
    return tuple(PowerScale.of(display, each) for each in ranges)


def fit_regions(
    times_s: NDArray[np.float64],
    curves: RegionCurves,
    used: Mapping[str, NDArray[np.bool_]],
    models: Sequence[str],
    not_linear: str = RANGE_UNKNOWN,
) -> list[RegionFit]:
    """Fit regions by every model that is asked for.

    Parameters
    ----------
    used : (frames,) bool by region, the frames that its curve rests on; these regions are fitted.
    models : of `models.MODELS`, or `best` for the one with the lowest AICc.
    not_linear : the sentence on why only times are given, where the curves hold several scales.

    Returns
    -------
    One entry a region and model, regions first.
    """
    return [
        fit for name, kept in used.items() for fit in _fits(times_s, curves, name, kept, models, not_linear)
    ]


def _fits(
    times_s: NDArray[np.float64],
    curves: RegionCurves,
    name: str,
    used: NDArray[np.bool_],
    models: Sequence[str],
    not_linear: str,
) -> list[RegionFit]:
    if used.mean() < LEAST_USED:
        few = Abstained(
            "too_few_frames",
            f"Only {int(used.sum())} of {used.size} frames of the contrast clip show the plane of the "
            "reference frame; record with quieter breathing.",
        )
        return [RegionFit(name, MODELS[0], outcome=few)]
    row = curves.row(name)
    everything = fit_best(times_s, curves.power[0][row], used)
    measured = any(one.verdict[0] == 0 for one in everything)
    preferred = everything[best_of(everything)[0]].model if measured else ""
    shares = _shares(curves, row, used)
    wanted = [(preferred or MODELS[0]) if model == "best" else model for model in models]
    return [
        _judged(
            name,
            [fit_curves(times_s, power[row], model, used) for power in curves.power],
            shares,
            preferred,
            not_linear,
        )
        for model in wanted
    ]


def _shares(curves: RegionCurves, row: int, used: NDArray[np.bool_]) -> tuple[float, bool]:
    """Saturated share around the peak, and whether the region starts at the black end."""
    power = np.where(used & np.isfinite(curves.power[0][row]), curves.power[0][row], -np.inf)
    count = max(5, round(_TOP_FRAMES * power.size))
    top = np.argsort(-power, kind="stable")[:count]
    first = np.flatnonzero(np.isfinite(power))[:count]
    return float(np.nanmean(curves.saturated[row, top])), bool(
        first.size and np.nanmedian(curves.darkest[row, first]) > _AT_FLOOR
    )


def _judged(
    name: str, by_range: list[Fits], shares: tuple[float, bool], preferred: str, not_linear: str
) -> RegionFit:
    first = by_range[0]
    saturated, at_floor = shares
    values = {key: float(first.values[key][0]) for key in PARAMETERS}
    halves = {key: float(first.half_widths[key][0]) for key in PARAMETERS}
    finite = {key for key in PARAMETERS if np.isfinite(values[key])}
    facts = {
        "region": name,
        "model": first.model,
        "qof": _number(first.figures["qof"][0]),
        "flags": first.flag_names(0),
        "saturated": saturated,
        "at_floor": at_floor,
        "preferred": preferred,
        "residual_sd": _number(first.figures["residual_sd"][0]),
        "window_end_s": _number(first.figures["window_end_s"][0]),
        "frames_used": None
        if np.isnan(first.figures["frames_used"][0])
        else int(first.figures["frames_used"][0]),
    }
    reason = first.reason(0)
    if saturated > SATURATED_LIMIT and reason in ("", "poor_curve_fit"):
        return RegionFit(**facts, outcome=Abstained("saturated", _SATURATED.format(share=saturated)))
    if reason:
        return RegionFit(**facts, outcome=Abstained(reason, first.detail(0)))
    if len(by_range) > 1:
        return _times_only(facts, by_range, not_linear)
    shape = tuple(float(first.values[key][0]) for key in TEXTBOOK_NAMES[first.model])
    return RegionFit(
        **facts,
        shape=shape,
        values={key: values[key] for key in PARAMETERS if key in finite},
        half_widths={key: halves[key] for key in PARAMETERS if key in finite and np.isfinite(halves[key])},
    )


def _times_only(facts: dict, by_range: list[Fits], not_linear: str) -> RegionFit:
    """Arrival and peak as far as they do not hang on the range; the spread between ranges widens them."""
    facts |= {"qof": None, "residual_sd": None}
    if any(one.verdict[0] for one in by_range):
        return RegionFit(**facts, outcome=Abstained("not_linearised", _TIMES_DISAGREE + not_linear))
    values, halves = {}, {}
    for key in TIMES:
        each = np.array([one.values[key][0] for one in by_range])
        half = float(by_range[0].half_widths[key][0])
        if np.isfinite(each).all() and np.isfinite(half):
            values[key] = float(each[0])
            halves[key] = float(np.hypot(half, np.abs(each - each[0]).max()))
    return RegionFit(
        **facts, values=values, half_widths=halves, outcome=Abstained("not_linearised", not_linear)
    )


def _number(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None
