"""Tests between groups and between paired values, with an effect size and its interval."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass

import numpy as np
from numpy.typing import NDArray

FEWEST = 3
RESAMPLES = 2000
# The same resamples in every run, so that the same table gives the same interval.
_SEED = 20240116
_NUMBERS_AT_ONCE = 2_000_000


@dataclass(frozen=True, slots=True)
class Compared:
    """A test's p value and an effect with its 95 % interval; empty where there is too little to tell."""

    test: str | None = None
    p: float | None = None
    effect: float | None = None
    effect_low: float | None = None
    effect_high: float | None = None
    note: str | None = None

    def cells(self) -> dict:
        return asdict(self)


def _resampled(statistic: Callable[[NDArray], NDArray], sizes: tuple[int, ...]) -> tuple[float, float]:
    """Percentile interval of a statistic of resampled places, (resamples, sum of sizes).

    Some thousand numbers at a time, so that large groups do not fill the memory.
    """
    rng = np.random.default_rng(_SEED)
    starts = np.cumsum((0, *sizes[:-1]))
    step = max(1, _NUMBERS_AT_ONCE // sum(sizes))
    found = []
    for first in range(0, RESAMPLES, step):
        count = min(step, RESAMPLES - first)
        drawn = [
            start + rng.integers(0, size, (count, size)) for start, size in zip(starts, sizes, strict=True)
        ]
        found.append(statistic(np.concatenate(drawn, axis=1)))
    low, high = np.quantile(np.concatenate(found), (0.025, 0.975))
    return float(low), float(high)


def compare_numbers(yes: NDArray | None, no: NDArray | None) -> Compared | None:
    """Mann-Whitney U test; the effect is the rank-biserial correlation, 2 P(yes > no) - 1."""
    if yes is None or no is None:
        return None
    if min(yes.size, no.size) < FEWEST:
        return Compared(note=f"fewer than {FEWEST} values in a group: not tested")
    from scipy.stats import mannwhitneyu, rankdata

    both, cut = np.concatenate([yes, no]), yes.size

    def effect(places: NDArray) -> NDArray:
        ranks = rankdata(both[places], axis=1)[:, :cut].sum(axis=1)
        return 2 * (ranks - cut * (cut + 1) / 2) / (cut * no.size) - 1

    found = float(effect(np.arange(both.size)[None])[0])
    low, high = _resampled(effect, (yes.size, no.size))
    if np.ptp(both) == 0:
        return Compared("Mann-Whitney", None, found, low, high, "all values are equal: not tested")
    return Compared("Mann-Whitney", float(mannwhitneyu(yes, no).pvalue), found, low, high)


def compare_shares(yes: tuple[int, int] | None, no: tuple[int, int] | None) -> Compared | None:
    """Fisher's exact test of two shares; the effect is their difference with Newcombe's interval.

    Parameters
    ----------
    yes, no : who have it, of how many.

    References
    ----------
    Newcombe 1998, Stat Med 17:873, method 10: Wilson's intervals put together.
    """
    if yes is None or no is None:
        return None
    if min(yes[1], no[1]) < FEWEST:
        return Compared(note=f"fewer than {FEWEST} patients in a group: not tested")
    from scipy.stats import fisher_exact

    from ius_vision.study.rates import wilson

    (first, low1, high1), (second, low2, high2) = wilson(*yes), wilson(*no)
    effect = first - second
    low = effect - float(np.hypot(first - low1, high2 - second))
    high = effect + float(np.hypot(high1 - first, second - low2))
    table = [[yes[0], yes[1] - yes[0]], [no[0], no[1] - no[0]]]
    return Compared("Fisher", float(fisher_exact(table).pvalue), effect, low, high)


def compare_pairs(before: NDArray, after: NDArray) -> Compared:
    """Wilcoxon signed-rank test; the effect is the matched-pairs rank-biserial correlation of after - before.

    Pairs without a change are left out of the ranks, as Wilcoxon did; the effect is 0 where none changed.
    """
    change = after - before
    if change.size < FEWEST:
        return Compared(note=f"fewer than {FEWEST} pairs: not tested")

    from scipy.stats import rankdata, wilcoxon

    def effect(places: NDArray) -> NDArray:
        drawn = change[places]
        # Pairs without a change have the lowest ranks of all; the others count from 1 behind them.
        still = np.sum(drawn == 0, axis=1, keepdims=True)
        ranks = np.where(drawn == 0, 0.0, rankdata(np.abs(drawn), axis=1) - still)
        total = ranks.sum(axis=1)
        signed = (ranks * np.sign(drawn)).sum(axis=1)
        return np.divide(signed, total, out=np.zeros_like(total), where=total > 0)

    found = float(effect(np.arange(change.size)[None])[0])
    low, high = _resampled(effect, (change.size,))
    if not np.any(change):
        return Compared("Wilcoxon signed-rank", None, found, low, high, "nobody changed: not tested")
    return Compared("Wilcoxon signed-rank", float(wilcoxon(change).pvalue), found, low, high)


def compare_paired_shares(gained: int, lost: int, pairs: int) -> Compared:
    """McNemar's exact test; the effect is the share of those who gained minus those who lost.

    The interval is Wilson's of the changes' direction, scaled by how many changed.
    """
    if pairs < FEWEST:
        return Compared(note=f"fewer than {FEWEST} pairs: not tested")
    effect, changed = (gained - lost) / pairs, gained + lost
    if changed == 0:
        return Compared("McNemar exact", None, 0.0, None, None, "nobody changed: not tested")
    from scipy.stats import binomtest

    test = binomtest(gained, changed, 0.5)
    interval = test.proportion_ci(0.95, "wilson")
    ends = [float((2 * end - 1) * changed / pairs) for end in interval]
    return Compared("McNemar exact", float(test.pvalue), effect, *ends)


def mean_interval(values: NDArray) -> tuple[float, float] | tuple[None, None]:
    """95 % interval of a mean by Student's t; nothing for one value."""
    if values.size < 2:
        return None, None
    from scipy.stats import t

    half = float(t.ppf(0.975, values.size - 1) * values.std(ddof=1) / np.sqrt(values.size))
    return float(values.mean()) - half, float(values.mean()) + half


def holm(values: list[float | None]) -> list[float | None]:
    """Holm's adjusted p values; empty ones stay empty and do not count."""
    known = sorted((p, place) for place, p in enumerate(values) if p is not None)
    adjusted: list[float | None] = [None] * len(values)
    highest = 0.0
    for rank, (p, place) in enumerate(known):
        highest = max(highest, min(1.0, (len(known) - rank) * p))
        adjusted[place] = highest
    return adjusted
