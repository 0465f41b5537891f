"""One set of predictions judged: every measure with its interval."""

from __future__ import annotations

import math

from ius_vision.response.performance import (
    NAMES,
    Z95,
    Interval,
    auroc_interval,
    measures,
    standard_errors,
)
from ius_vision.response.ridge import Array, expit


def judged(linear: Array, y: Array) -> dict[str, Interval]:
    """Measures of one set of predictions with 95 % intervals; what is not determined is empty.

    Notes
    -----
    AUROC: score interval. Slope and intercept: Wald. O/E: Wilson on the observed share. Brier: normal.
    """
    found = measures(linear[None], y[None])
    errors = standard_errors(linear, y)
    cases, count = int(y.sum()), len(y)
    figures = {}
    for name in NAMES:
        value = float(getattr(found, name)[0])
        if not math.isfinite(value):
            figures[name] = Interval(None, None, None)
        elif name == "auroc":
            figures[name] = Interval(value, *auroc_interval(value, cases, count - cases))
        elif name == "oe":
            figures[name] = Interval(value, *_oe_interval(cases, float(expit(linear).sum()), count))
        else:
            figures[name] = within(value, Z95 * errors[name])
    return figures


def within(value: float, half: float) -> Interval:
    return Interval(value, value - half, value + half) if math.isfinite(half) else Interval(value, None, None)


def _oe_interval(cases: int, expected: float, count: int) -> tuple[float, float]:
    """Wilson's interval of the observed share over the expected share."""
    share = cases / count
    centre = (share + Z95**2 / (2 * count)) / (1 + Z95**2 / count)
    half = Z95 / (1 + Z95**2 / count) * math.sqrt(share * (1 - share) / count + Z95**2 / (4 * count**2))
    return min(centre - half, share) * count / expected, max(centre + half, share) * count / expected
