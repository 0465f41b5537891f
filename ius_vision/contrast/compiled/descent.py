"""Fit one bolus: damped Gauss-Newton on peak time, width and skewness, height and baseline solved inside."""

from __future__ import annotations

import math

import numpy as np

from ius_vision.contrast.compiled.layout import BASELINE, PE, SCALE, SETTLED, SKEW, STEPS, TTP, WEIGHTS, WIDTH
from ius_vision.contrast.compiled.look import look, products, robust_scale, robust_weights
from ius_vision.contrast.compiled.shape import skew_limits
from ius_vision.contrast.compiled.solve import backward, factor, forward
from ius_vision.machine.jit import part

_MAX_STEPS = 40
_LAST_SCALE_STEP = 4  # the robust scale is refreshed at every other step up to here, then kept
_PATIENCE = 7  # after this many steps each may gain twice as much: a few curves creep
_EXACT = 1e-10  # settled, too, when no parameter moves by more than this share
# Stop where a further step would gain less than this share of one residual variance: 6 % of a standard error.
# A fit that only starts another one may stop at 30 %.
SETTLED_AT, NEARLY_AT = 4e-3, 0.1
_LONGEST_TTP, _LONGEST_WIDTH, _LONGEST_SKEW = 1.0, 0.5, 0.3  # widths, log width, skewness in one step


@part
def descend(model, scratch, count, used, floor, tolerance, fit, system):
    """Improve the state in `fit`, whose baseline counts from what was taken off SHIFTED.

    Parameters
    ----------
    used : number of samples that count.
    system : (4, 5, 5) scratch for the normal equations.

    Notes
    -----
    Baseline and height come first in the system, so that the factorisation eliminates them: what it does to
    the other three is variable projection. A skewness that pushes against its limit is held, so that the
    others can settle. A damped step gains less by itself, so after damping has risen there is nothing to
    compare the next gain with.
    """
    matrix, right, move = system[0], system[2, 0], system[2, 3]
    base, pe, ttp, skew = fit[BASELINE], fit[PE], fit[TTP], fit[SKEW]
    log_width, scale, damping, last_gain = math.log(fit[WIDTH]), 0.0, 1e-3, np.inf
    low, high = skew_limits(model)
    freedom = max(used - 5.0, 1.0)
    settled = False
    step = 0
    while step < _MAX_STEPS and not settled:
        width = math.exp(log_width)
        look(model, scratch, count, floor, ttp, width, skew, pe, base)
        if step % 2 == 0 and step <= _LAST_SCALE_STEP:
            scale = robust_scale(scratch, count)
        robust_weights(scratch, count, scale)
        chi2 = products(scratch, scratch[WEIGHTS], count, ttp, width, matrix, right)
        for i in range(2, 5):
            matrix[i, i] *= 1.0 + damping
        gain, height, left_over = _solved(system, chi2)
        if (skew <= low and move[4] < 0.0) or (skew >= high and move[4] > 0.0):
            matrix[4, 4] *= 1e12
            gain, height, left_over = _solved(system, chi2)
        new_pe = pe + height
        if not abs(new_pe) > 1e-3 * abs(pe):
            new_pe = 1e-3 * pe
        by_ttp, by_width, by_skew = move[2] * width / new_pe, move[3] / new_pe, move[4] / new_pe
        longest = max(
            abs(move[2] / new_pe) / _LONGEST_TTP, abs(by_width) / _LONGEST_WIDTH, abs(by_skew) / _LONGEST_SKEW
        )
        share = 1.0 / max(longest, 1.0)
        ttp += share * by_ttp
        log_width += share * by_width
        skew = min(max(skew + share * by_skew, low), high)
        pe = max(pe + move[1] if share == 1.0 else new_pe, 0.1 * abs(pe))
        base += move[0]
        # Gains shrink at least as fast as they did last time, which foretells the next one.
        shrinking = min(gain / max(last_gain, 1e-300), 1.0) if last_gain < np.inf else 1.0
        left = max(left_over - gain, 0.0) / freedom
        enough = tolerance * 2.0 ** max(step - _PATIENCE, 0)
        settled = gain * shrinking <= enough * left or longest < _EXACT
        worse = gain > last_gain
        damping = min(max(damping * 10.0, 0.1) if worse else max(damping * 0.1, 1e-12), 1e3)
        last_gain = np.inf if worse else gain
        step += 1
        settled = settled and share == 1.0 and damping < 0.05
    fit[BASELINE], fit[PE], fit[TTP], fit[SKEW] = base, pe, ttp, skew
    fit[WIDTH], fit[SCALE], fit[STEPS] = math.exp(log_width), scale, step
    fit[SETTLED] = 1.0 if settled else 0.0


@part
def _solved(system, chi2):
    """Fill the step in the five columns; returns its expected gain, that of the height alone, and chi^2 with
    the best height and baseline for the present shape."""
    matrix, lower, right, pivots, z, move = (
        system[0], system[1], system[2, 0], system[2, 1], system[2, 2], system[2, 3],
    )  # fmt: skip
    factor(matrix, lower, pivots)
    forward(lower, right, z)
    for i in range(5):
        move[i] = z[i] / pivots[i]
    height = move[1]
    gain = z[2] * move[2] + z[3] * move[3] + z[4] * move[4]
    left_over = chi2 - z[0] * move[0] - z[1] * move[1]
    backward(lower, move)
    return gain, height, left_over
