"""How a region fills again after a flash has destroyed its bubbles: C + A (1 - exp(-beta t)).

Bubbles flow in at a steady rate, a few frames of high power destroy those in the plane, and what comes back
tells how fast blood is renewed (beta) and how much of it there is (A).

References
----------
Wei 1998, Circulation 97(5):473-483.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import ArrayLike, NDArray
from scipy.special import stdtrit

from ius_vision.contrast.models import Array
from ius_vision.contrast.verdicts import MIN_FRAMES, MIN_USABLE_SHARE, MISFIT_LIMIT, QOF_LIMIT
from ius_vision.outcomes import Abstained

PARAMETERS = ("pe", "baseline", "beta_per_s", "inflow_per_s")
_BEFORE, _AFTER = 11, 3  # frames of the level before and after the flash
_LEAST_DROP, _SIGMAS = 0.25, 5.0
_RATES = 60
_LEAST_TURNS = 2.0  # 1/beta that the clip has to last: then 86 % of the plateau are seen
_QUALITY_TURNS = 5.0
_WEIGHTED, _STEPS = 3, 30
_FAR_OFF = 6.0
_STRETCHES = 8
_FLOOR = 0.05  # of the highest value: the least standard deviation is that of this level


@dataclass(frozen=True, slots=True)
class Refill:
    """One refilling.

    Attributes
    ----------
    t0_s : the first frame after the flash, on the curve's own clock.
    values, half_widths : by name of `PARAMETERS`: plateau A above the level after the flash, that level,
        beta, and A beta, the slope at the flash; half the 95 % interval of each.
    qof : R² over the first 5 / beta after the flash.
    """

    t0_s: float
    values: dict[str, float]
    half_widths: dict[str, float]
    qof: float
    residual_sd: float
    window_end_s: float
    frames_used: int


def fit_refill(times_s: ArrayLike, intensities: ArrayLike) -> Refill | Abstained:
    """Find the flash in a curve and fit what follows it, up to the next flash.

    Parameters
    ----------
    times_s : (samples,), strictly increasing.
    intensities : (samples,), linear, with some frames before the flash.

    Returns
    -------
    `no_disruption` where no level falls off and rises again, `too_short` where the plateau is not seen.
    """
    t, y = np.asarray(times_s, np.float64), np.asarray(intensities, np.float64)
    seen = np.isfinite(y)
    if len(y) == 0 or seen.mean() < MIN_USABLE_SHARE:
        return Abstained(
            "non_finite", "More than a fifth of the values are missing or infinite; give finite intensities."
        )
    t, y = t[seen], y[seen]
    first = _flash(y)
    if first is None:
        return Abstained(
            "no_disruption",
            "The curve has no flash: nowhere does a steady level fall off from one frame to the next; start "
            "the clip some frames before the flash.",
        )
    following = _flash(y[first:])
    last = len(y) if following is None else first + following - _spike(y[first:], following)
    if last - first < MIN_FRAMES:
        return _too_short()
    return _fitted(t[first:last], y[first:last])


def _too_short() -> Abstained:
    return Abstained(
        "too_short", "The curve ends before the refilling has levelled off; record some seconds more."
    )


def _flash(y: Array) -> int | None:
    """The first frame after the deepest fall of the level, None where nothing falls far enough."""
    places = np.arange(_AFTER, len(y) - _AFTER)
    if places.size == 0:
        return None
    begun = [np.median(y[:k]) for k in range(_AFTER, min(_BEFORE, len(y) - _AFTER))]
    levels = np.concatenate([begun, _medians(y[: len(y) - _AFTER - 1], _BEFORE)])
    drops = levels - _medians(y, _AFTER)[_AFTER:-1]
    deepest = int(np.argmax(drops))
    place, level, drop = int(places[deepest]), float(levels[deepest]), float(drops[deepest])
    around = np.abs(np.diff(y[max(0, place - 3 * _BEFORE) : place + 3 * _BEFORE]))
    noise = 1.05 * float(np.median(around))  # a normal difference's median size is .954 of one deviation
    if drop < max(_LEAST_DROP * abs(level), _SIGMAS * noise):
        return None
    middle = level - 0.5 * drop
    low = y < middle
    near = range(max(1, place - _BEFORE), place + _AFTER)
    found = [k for k in near if low[k] and low[k + 1] and not low[k - 1]]
    return found[-1] if found else place


def _medians(y: Array, width: int) -> Array:
    """Medians of all stretches of a width."""
    return np.median(sliding_window_view(y, width), axis=1) if len(y) >= width else np.empty(0)


def _spike(y: Array, flash: int) -> int:
    """How many frames right before a flash are brighter than the level before them."""
    level = float(np.median(y[max(0, flash - _BEFORE) : flash]))
    count = 0
    while count < flash and y[flash - 1 - count] > 1.3 * level:
        count += 1
    return count


def _fitted(t: Array, y: Array) -> Refill | Abstained:
    clock = t - t[0]
    state = _start(clock, y)
    for _ in range(_WEIGHTED):
        level = np.abs(_model(clock, *state))
        weights = 1.0 / np.maximum(level, _FLOOR * level.max()) ** 2
        residual = y - _model(clock, *state)
        scale = 1.4826 * np.median(np.abs(residual) * np.sqrt(weights))
        weights[np.abs(residual) * np.sqrt(weights) > _FAR_OFF * scale] = 0.0
        state = _refined(clock, y, weights, state)
    height, base, rate = state
    if not (height > 0 and rate > 0) or rate * clock[-1] < _LEAST_TURNS:
        return _too_short()
    kept = weights > 0
    residual = y - _model(clock, *state)
    qof = _quality(y, residual, max(MIN_FRAMES, int(np.searchsorted(clock, _QUALITY_TURNS / rate))))
    misfit = _misfit(residual[kept]) / height
    halves = _half_widths(clock, residual, weights, state)
    if qof < QOF_LIMIT or misfit > MISFIT_LIMIT or halves["pe"] > height or halves["beta_per_s"] > rate:
        return Abstained(
            "poor_curve_fit",
            f"A refilling by one rate does not follow the curve (R² {qof:.3f}, limit {QOF_LIMIT}); check "
            "motion, saturation and region.",
        )
    return Refill(
        t0_s=float(t[0]),
        values={"pe": height, "baseline": base, "beta_per_s": rate, "inflow_per_s": height * rate},
        half_widths=halves,
        qof=qof,
        residual_sd=float(np.sqrt(np.sum(residual[kept] ** 2) / max(kept.sum() - 3, 1))),
        window_end_s=float(t[-1]),
        frames_used=int(kept.sum()),
    )


def _quality(y: Array, residual: Array, count: int) -> float:
    """R² over the rise: on a long plateau there is nothing but noise to explain."""
    rise = y[:count]
    return 1.0 - float(np.sum(residual[:count] ** 2) / np.sum((rise - rise.mean()) ** 2))


def _model(clock: Array, height: float, base: float, rate: float) -> Array:
    return base - height * np.expm1(-rate * clock)


def _start(clock: Array, y: Array) -> tuple[float, float, float]:
    """The best of some rates, with height and level solved for each."""
    step = float(np.median(np.diff(clock)))
    rates = np.geomspace(0.3 / clock[-1], 2.0 / step, _RATES)
    risen = -np.expm1(-np.outer(rates, clock))
    mean, total = risen.mean(axis=1, keepdims=True), y - y.mean()
    away = risen - mean
    slopes = away @ total / np.maximum(np.sum(away**2, axis=1), 1e-300)
    best = int(np.argmin(np.sum((total - slopes[:, None] * away) ** 2, axis=1)))
    height = float(slopes[best])
    return height, float(y.mean()) - height * float(mean[best, 0]), float(rates[best])


def _refined(
    clock: Array, y: Array, weights: Array, state: tuple[float, float, float]
) -> tuple[float, float, float]:
    """Gauss-Newton with halved steps, from a state."""
    left = float(np.sum(weights * (y - _model(clock, *state)) ** 2))
    for _ in range(_STEPS):
        columns = _derivatives(clock, state)
        root = np.sqrt(weights)
        move, *_ = np.linalg.lstsq(columns * root[:, None], (y - _model(clock, *state)) * root, rcond=None)
        share = 1.0
        while share > 1e-3:
            tried = tuple(float(each) for each in np.array(state) + share * move)
            now = float(np.sum(weights * (y - _model(clock, *tried)) ** 2)) if tried[2] > 0 else np.inf
            if now <= left:
                break
            share /= 2.0
        else:
            return state
        gained, state, left = left - now, tried, now
        if gained <= 1e-12 * max(left, 1e-300):
            return state
    return state


def _derivatives(clock: Array, state: tuple[float, float, float]) -> Array:
    """Of the model by height, level and rate, (samples, 3)."""
    height, _, rate = state
    faded = np.exp(-rate * clock)
    return np.stack([1.0 - faded, np.ones_like(clock), height * clock * faded], axis=1)


def _half_widths(
    clock: Array, residual: Array, weights: NDArray[np.float64], state: tuple[float, float, float]
) -> dict[str, float]:
    """Half of the 95 % intervals, from residuals and from weights; frames are taken as independent."""
    kept = weights > 0
    columns = _derivatives(clock, state)[kept]
    weighed = columns * weights[kept, None]
    outer = np.linalg.pinv(columns.T @ weighed)
    inner = (weighed * residual[kept, None] ** 2).T @ weighed
    freedom = max(int(kept.sum()) - 3, 1)
    seen = outer @ inner @ outer * kept.sum() / freedom
    # That of the residuals errs low where few frames decide, as after the flash: the larger one counts.
    expected = outer * float(np.sum(weights[kept] * residual[kept] ** 2)) / freedom
    reach = float(stdtrit(freedom, 0.975))
    height, _, rate = state
    directions = {
        "pe": (1, 0, 0), "baseline": (0, 1, 0), "beta_per_s": (0, 0, 1), "inflow_per_s": (rate, 0, height),
    }  # fmt: skip
    return {
        name: reach * float(np.sqrt(max(np.array(along) @ one @ np.array(along) for one in (seen, expected))))
        for name, along in directions.items()
    }


def _misfit(residual: Array) -> float:
    """Root mean square of the residual's means over stretches, less what noise gives them."""
    parts = np.array_split(residual, min(_STRETCHES, max(len(residual) // 4, 1)))
    means = np.array([part.mean() for part in parts])
    noise = np.array([np.mean(np.diff(part) ** 2) / 2.0 / len(part) for part in parts])
    beyond = float(np.mean(means**2 - noise)) - 3.0 * np.sqrt(2.0 / len(parts)) * float(noise.mean())
    return float(np.sqrt(max(beyond, 0.0)))
