"""Evenly spaced ticks on a screen, found in the pixels."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import cv2
import numpy as np

TICK_THICKNESS_PX = 5
TICK_LENGTH_SHARE = 0.05
TICK_CONTRASTS = (50, 110)
LEAST_TICKS = 5
LEAST_PERIOD_PX = 7.0
ON_LATTICE = 0.85
FILLED = 0.7
LARGEST_RESIDUAL_PX = 0.75
LONGER = 1.4
MAJOR_STEPS = (2, 4, 5, 10)
ALIKE_GAPS = 0.5


@dataclass(frozen=True, slots=True)
class TickRow:
    """Ticks one below another: a vertical ruler's, or a horizontal one's on a turned screen.

    `column` is the edge or middle they share, `first` and `last` the outermost positions along the ruler,
    `major_every` the ticks from one long tick to the next, None where no such order is seen.
    """

    column: float
    first: float
    last: float
    period_px: float
    ticks: int
    major_every: int | None


@dataclass(frozen=True, slots=True)
class _Mark:
    """A small bright mark: its middle along the ruler, and its extent across."""

    row: float
    left: int
    right: int

    @property
    def length(self) -> int:
        return self.right - self.left + 1


def find_tick_rows(screen: np.ndarray, allowed: np.ndarray) -> tuple[TickRow, ...]:
    """Find every row of evenly spaced ticks along the rows of a screen, most ticks first.

    Parameters
    ----------
    screen : (rows, columns) uint8, brightest channel. Turn it for rulers along the columns.
    allowed : (rows, columns) bool, where ticks may stand.

    Notes
    -----
    Ticks share a left edge, a right edge or a middle. At least `LEAST_TICKS` of them must stand on one
    lattice within `LARGEST_RESIDUAL_PX`, fill most of it, and leave few marks beside it.
    """
    found: list[TickRow] = []
    for marks in _find_marks(screen, allowed):
        # Ticks of one length share all three edges: their lattice is laid once.
        fits: dict[tuple[_Mark, ...], TickRow | None] = {}
        for column, group in _aligned(marks):
            key = tuple(group)
            if key not in fits:
                fits[key] = _fit(column, group)
            row = fits[key]
            if row is not None:
                found.append(replace(row, column=column))
    found.sort(key=lambda row: (-row.ticks, -(row.major_every or 0)))
    kept: list[TickRow] = []
    for row in found:
        if not any(_same(row, other) for other in kept):
            kept.append(row)
    return tuple(kept)


def _find_marks(screen: np.ndarray, allowed: np.ndarray) -> Iterator[list[_Mark]]:
    """Bright marks that are thin along the rows, what a short upright opening takes away, at two contrasts.

    The higher one frees ticks drawn over tissue.
    """
    upright = np.ones((TICK_THICKNESS_PX + 2, 1), np.uint8)
    # The frame's edge counts as dark, so that a tick on it is thin too.
    padded = cv2.copyMakeBorder(screen, 8, 8, 0, 0, cv2.BORDER_CONSTANT, value=0)
    thin = cv2.morphologyEx(padded, cv2.MORPH_TOPHAT, upright)[8:-8] * allowed
    for contrast in TICK_CONTRASTS:
        yield _marks(thin, contrast, max(12, TICK_LENGTH_SHARE * max(screen.shape)))


def _marks(thin: np.ndarray, contrast: int, longest: float) -> list[_Mark]:
    lit = (thin > contrast).astype(np.uint8)
    _, labels, stats, _ = cv2.connectedComponentsWithStats(lit, connectivity=8)
    width, height, pixels = stats[1:, 2:].T
    good = (height <= TICK_THICKNESS_PX) & (width <= longest) & (pixels >= 0.6 * width * height)
    marks = []
    for label in np.flatnonzero(good) + 1:
        x, y, w, h, _ = (int(value) for value in stats[label])
        weights = (thin[y : y + h, x : x + w] * (labels[y : y + h, x : x + w] == label)).sum(
            axis=1, dtype=float
        )
        row = y + float(np.dot(weights, np.arange(h)) / weights.sum())
        marks.append(_Mark(row, x, x + w - 1))
    return marks


def _aligned(marks: list[_Mark]) -> Iterator[tuple[float, list[_Mark]]]:
    """Group marks that share a left edge, a right edge or a middle, within a pixel."""
    anchors = (
        lambda mark: float(mark.left),
        lambda mark: float(mark.right),
        lambda mark: (mark.left + mark.right) / 2,
    )
    for anchor in anchors:
        places: dict[int, list[_Mark]] = {}
        for mark in marks:
            places.setdefault(round(anchor(mark)), []).append(mark)
        for place, group in places.items():
            near = group + places.get(place + 1, [])
            if len(near) >= LEAST_TICKS:
                yield float(place), sorted(near, key=lambda mark: mark.row)


def _fit(column: float, marks: list[_Mark]) -> TickRow | None:
    """Lay the lattice that most marks stand on; None where too few do or too many do not."""
    rows = np.array([mark.row for mark in marks])
    gaps = np.diff(rows)
    gaps = gaps[gaps >= LEAST_PERIOD_PX]
    if gaps.size < LEAST_TICKS - 1:
        return None
    usual, share = _mode(gaps)
    if share < ALIKE_GAPS:
        return None
    best: tuple[float, float, np.ndarray, np.ndarray] | None = None
    for start in np.unique(np.round([np.median(gaps), gaps.min(), usual], 1)):
        fitted = _lattice(rows, float(start))
        if fitted is not None and (best is None or fitted[0] > best[0]):
            best = fitted
    if best is None:
        return None
    _, period, steps, on = best
    kept = [mark for mark, good in zip(marks, on, strict=True) if good]
    return TickRow(
        column=column,
        first=kept[0].row,
        last=kept[-1].row,
        period_px=period,
        ticks=len(np.unique(steps[on])),
        major_every=_major_every(steps[on], np.array([mark.length for mark in kept])),
    )


def _lattice(rows: np.ndarray, period: float) -> tuple[float, float, np.ndarray, np.ndarray] | None:
    """Refine a period by least squares; give share filled, period, every mark's step and whether it fits."""
    # Counting from tick to tick keeps a slightly wrong period from drifting over many ticks.
    steps = np.concatenate([[0.0], np.cumsum(np.round(np.diff(rows) / period))])
    period, offset = np.polyfit(steps, rows, 1) if steps[-1] > 0 else (period, rows[0])
    on = np.ones(rows.size, dtype=bool)
    for _ in range(4):
        steps = np.round((rows - offset) / period)
        on = np.abs(rows - offset - steps * period) <= 0.25 * period
        if len(np.unique(steps[on])) < LEAST_TICKS:
            return None
        period, offset = np.polyfit(steps[on], rows[on], 1)
        if period < LEAST_PERIOD_PX:
            return None
    on = np.abs(rows - offset - steps * period) <= LARGEST_RESIDUAL_PX
    sites = np.unique(steps[on])
    if sites.size < LEAST_TICKS or on.mean() < ON_LATTICE:
        return None
    filled = sites.size / (sites[-1] - sites[0] + 1)
    return (float(filled), float(period), steps, on) if filled >= FILLED else None


def _mode(gaps: np.ndarray) -> tuple[float, float]:
    """The gap most others resemble, and their share: one missing tick must not double the period."""
    alike = np.abs(gaps[:, None] - gaps[None, :]) <= 1.5
    most = alike[int(np.argmax(alike.sum(axis=1)))]
    return float(np.median(gaps[most])), float(most.mean())


def _major_every(steps: np.ndarray, lengths: np.ndarray) -> int | None:
    """Ticks from one long tick to the next, where the long ones keep a regular order."""
    if lengths.max() < LONGER * lengths.min():
        return None
    majors = np.unique(steps[lengths > (lengths.max() + lengths.min()) / 2])
    if not 2 <= majors.size < 0.7 * np.unique(steps).size:
        return None
    every = int(np.gcd.reduce(np.diff(majors).astype(int)))
    spans = (majors[-1] - majors[0]) / every + 1
    return every if every in MAJOR_STEPS and majors.size >= FILLED * spans else None


def _same(row: TickRow, other: TickRow) -> bool:
    """The same ticks seen by another shared edge, or a part of them."""
    overlap = min(row.last, other.last) - max(row.first, other.first)
    beside = abs(row.column - other.column) <= 40
    return beside and overlap > 0.5 * (row.last - row.first)
