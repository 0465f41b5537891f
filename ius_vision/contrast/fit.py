"""Fit a batch of boluses: damped Gauss-Newton on peak time, width and skewness, height and baseline solved
inside.

Every sum runs along one curve, so its numbers are the same alone and among a million.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ius_vision.contrast.models import SKEW_LIMITS, Array, Basis, evaluate
from ius_vision.contrast.noise import rejection, robust_scale, speckle_weights
from ius_vision.contrast.parameters import Bolus
from ius_vision.contrast.small_systems import Lower, backward, factor, forward

_MAX_STEPS = 40
_SCALE_STEPS = (0, 2, 4)  # the robust scale is refreshed here, then kept so that the fit can settle
# Stop where a further step would gain less than this share of one residual variance: 6 % of a standard error.
# A fit that only starts another one may stop at 30 %.
SETTLED, NEARLY = 4e-3, 0.1
_PATIENCE = 7  # after this many steps each may gain twice as much: a few curves creep
_EXACT = 1e-10  # or when no parameter moves by more than this share
_STATE = ("ttp", "log_width", "skew", "pe", "baseline", "scale", "damping", "gain", "settled", "steps")
_LONGEST = (1.0, 0.5, 0.3)  # widths of peak time, log width, skewness in one step


@dataclass(slots=True)
class Batch:
    """Curves under way: data (curves, samples), never written to, and state (curves,)."""

    t: Array
    y: Array
    used: Array
    floor: Array
    ttp: Array
    log_width: Array
    skew: Array
    pe: Array
    baseline: Array
    scale: Array
    damping: Array
    gain: Array
    settled: NDArray[np.bool_]
    steps: NDArray[np.intp]

    def __len__(self) -> int:
        return len(self.ttp)

    def rows(self, chosen: NDArray) -> Batch:
        return Batch(*(getattr(self, name)[chosen] for name in self.__slots__))

    def bolus(self) -> Bolus:
        return Bolus(self.baseline, self.pe, self.ttp, np.exp(self.log_width), self.skew)


@dataclass(frozen=True, slots=True)
class Look:
    """The model at the present parameters: its basis, residuals and weights, (curves, samples)."""

    basis: Basis
    residual: Array
    plain: Array  # speckle weights alone
    kept: Array  # square root of the bisquare weight
    squares: Array


def new_batch(t: Array, y: Array, used: Array, floor: Array, bolus: Bolus) -> Batch:
    """Curves at their start values."""
    size = len(y)
    return Batch(
        t, y, used, floor, bolus.ttp_s.copy(), np.log(bolus.width_s), bolus.skew.copy(), bolus.pe.copy(),
        bolus.baseline.copy(), np.zeros(size), np.full(size, 1e-3), np.full(size, np.inf),
        np.zeros(size, dtype=bool), np.zeros(size, dtype=np.intp),
    )  # fmt: skip


def look(model: str, batch: Batch, refresh: bool) -> Look:
    """Evaluate model, residuals and weights; `refresh` re-estimates the robust scale."""
    v = batch.t - batch.ttp[:, None]
    v *= np.exp(-batch.log_width)[:, None]
    basis = evaluate(model, v, batch.skew[:, None])
    curve = basis.h * batch.pe[:, None]
    weights = speckle_weights(curve, batch.floor, batch.used)
    curve += batch.baseline[:, None]
    residual = np.subtract(batch.y, curve, out=curve)
    squares = residual * residual
    squares *= weights
    if refresh:
        scale = robust_scale(squares, (basis.h > 0.05) & (batch.used > 0))
        batch.scale = np.where(batch.settled, batch.scale, scale)
    return Look(basis, residual, weights, rejection(squares, batch.scale), squares)


def run(model: str, batches: list[Batch], tolerance: float = SETTLED) -> None:
    """Iterate until every curve of every batch has settled or used up its steps.

    The few that take longer are put together from all batches, since a step has a price for a batch too. All
    batches have the same number of samples.
    """
    for batch in batches:
        _iterate(model, batch, tolerance, range(_PATIENCE))
    late = [np.flatnonzero(~batch.settled) for batch in batches]
    rest = [batch.rows(rows) for batch, rows in zip(batches, late, strict=True)]
    pool = Batch(*(np.concatenate([getattr(each, name) for each in rest]) for name in Batch.__slots__))
    if len(pool):
        _iterate(model, pool, tolerance, range(_PATIENCE, _MAX_STEPS))
    ends = np.cumsum([len(rows) for rows in late])[:-1]
    for name in _STATE:
        for batch, rows, part in zip(batches, late, np.split(getattr(pool, name), ends), strict=True):
            getattr(batch, name)[rows] = part


def _iterate(model: str, batch: Batch, tolerance: float, steps: range) -> None:
    """Take steps, leaving settled curves behind whenever they are many."""
    places = np.arange(len(batch))
    live = batch
    for step in steps:
        _step(model, live, step, tolerance)
        if live.settled.mean() > 0.4 or step == steps[-1]:
            for name in _STATE:
                getattr(batch, name)[places] = getattr(live, name)
            ongoing = ~live.settled
            places, live = places[ongoing], live.rows(ongoing)
            if len(live) == 0:
                break


def _step(model: str, batch: Batch, step: int, tolerance: float) -> None:
    """One Gauss-Newton step for the curves that have not settled."""
    moving = ~batch.settled
    seen = look(model, batch, refresh=step in _SCALE_STEPS)
    matrix, right, chi2 = _normal_equations(seen)
    low, high = SKEW_LIMITS[model]
    for i in (2, 3, 4):
        matrix[i][i] = matrix[i][i] * (1.0 + batch.damping)
    move, gain, pe, left_over = _solve(matrix, right, chi2, batch)
    # A skewness that pushes against its limit is held, so that the others can settle.
    pinned = ((batch.skew <= low) & (move[4] < 0)) | ((batch.skew >= high) & (move[4] > 0))
    if pinned.any():
        matrix[4][4] = np.where(pinned, matrix[4][4] * 1e12, matrix[4][4])
        move, gain, pe, left_over = _solve(matrix, right, chi2, batch)
    width = np.exp(batch.log_width)
    theta = [move[2] * width / pe, move[3] / pe, move[4] / pe]
    longest = np.max(
        np.stack([np.abs(move[2] / pe) / _LONGEST[0], *(np.abs(theta[i]) / _LONGEST[i] for i in (1, 2))]),
        axis=0,
    )
    share = 1.0 / np.maximum(longest, 1.0)
    _apply(batch, moving, theta, share, move, pe, (low, high))
    freedom = np.maximum(batch.used.sum(axis=1) - 5.0, 1.0)
    enough = tolerance * 2.0 ** max(step - _PATIENCE, 0)
    # Gains shrink at least as fast as they did last time, which foretells the next one.
    shrinking = np.where(np.isfinite(batch.gain), np.minimum(gain / np.maximum(batch.gain, 1e-300), 1.0), 1.0)
    left = np.maximum(left_over - gain, 0.0) / freedom
    settled = (gain * shrinking <= enough * left) | (longest < _EXACT)
    # A damped step gains less by itself, so after damping has risen there is nothing to compare the next
    # gain with.
    worse = gain > batch.gain
    damping = np.where(worse, np.maximum(batch.damping * 10.0, 0.1), batch.damping * 0.1)
    batch.damping = np.where(moving, np.clip(damping, 1e-12, 1e3), batch.damping)
    batch.gain = np.where(moving, np.where(worse, np.inf, gain), batch.gain)
    batch.steps = np.where(moving, step + 1, batch.steps)
    batch.settled = batch.settled | (moving & settled & (share == 1.0) & (batch.damping < 0.05))


def _normal_equations(seen: Look) -> tuple[Lower, list[Array], Array]:
    """Weighted sums over the columns 1, h, -dh/dv, -v dh/dv, dh/dskew and the residual."""
    weights = seen.kept * seen.kept
    weights *= seen.plain
    basis = seen.basis
    columns = [basis.h, basis.by_time, basis.by_log_width, basis.by_skew]
    ones = np.ones(weights.shape[1])  # a product with ones adds up faster than a sum does
    matrix: Lower = [[np.vecdot(weights, ones)]]
    right = [np.vecdot(weights, seen.residual)]
    for i, column in enumerate(columns):
        weighted = weights * column
        row = [np.vecdot(weighted, ones)]
        row.extend(np.vecdot(weighted, other) for other in columns[: i + 1])
        matrix.append(row)
        right.append(np.vecdot(weighted, seen.residual))
    weights *= seen.residual
    return matrix, right, np.vecdot(weights, seen.residual)


def _solve(
    matrix: Lower, right: list[Array], chi2: Array, batch: Batch
) -> tuple[list[Array], Array, Array, Array]:
    """Step in the five columns, its expected gain, the height before the step, and chi^2 before it.

    Baseline and height come first, so that the factorisation eliminates them: what it does to the other
    three is variable projection.
    """
    lower, pivots = factor(matrix)
    z = forward(lower, right)
    scaled = [z[i] / pivots[i] for i in range(5)]
    gain = sum(z[i] * scaled[i] for i in (2, 3, 4))
    left_over = chi2 - z[0] * scaled[0] - z[1] * scaled[1]
    pe = batch.pe + scaled[1]
    pe = np.where(np.abs(pe) > 1e-3 * np.abs(batch.pe), pe, 1e-3 * batch.pe)
    return backward(lower, scaled), gain, pe, left_over


def _apply(
    batch: Batch,
    moving: NDArray[np.bool_],
    theta: list[Array],
    share: Array,
    move: list[Array],
    pe: Array,
    limits: tuple[float, float],
) -> None:
    """Move the curves that have not settled, by the given share of the step."""
    batch.ttp = np.where(moving, batch.ttp + share * theta[0], batch.ttp)
    batch.log_width = np.where(moving, batch.log_width + share * theta[1], batch.log_width)
    batch.skew = np.where(moving, np.clip(batch.skew + share * theta[2], *limits), batch.skew)
    height = np.where(share == 1.0, batch.pe + move[1], pe)
    height = np.maximum(height, 0.1 * np.abs(batch.pe))
    batch.pe = np.where(moving, height, batch.pe)
    batch.baseline = np.where(moving, batch.baseline + move[0], batch.baseline)
