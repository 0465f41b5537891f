"""Wall thickness of a frame from its traced wall."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ius_vision.measurement.bwt_error import BwtErrorModel, Interval, sampling_variance_mm2
from ius_vision.measurement.midline import STATION_MM
from ius_vision.measurement.wall import TracedWall
from ius_vision.outcomes import Abstained, Measured

SHORTEST_WALL_MM = 5.0
# A stretch of layers beside fluid (vessel, fascia) may look like bowel over a centimetre; a shorter wall than
# this has to close around its lumen.
SHORTEST_OPEN_WALL_MM, CLOSED_AROUND = 12.0, 0.7
THINNEST_MM, THICKEST_MM = 0.8, 20.0
# Muscle and nerve that the model takes for wall lie below this nearly always, bowel of phantoms seldom (the
# model card says how often).
LEAST_CONFIDENCE = 0.9
# Below this, readings of simulated walls were off by a millimetre and more as a rule.
LEAST_QUALITY = 0.55
# Readings that scatter by more than this share of their mean are not of one wall.
MOST_SCATTER = 0.5
# A lumen beside less than this share of the labelled wall may be a stray label beside two walls that lie on
# each other; one that the wall encloses may be.
LEAST_EXPLAINED, ENCLOSED = 0.25, 0.7
# Grey that is no echo but the noise of compression; fluid shows nothing else, and wall that shows hardly
# anything else cannot be told from it. Looked at between these shares of the thickness.
BLACK_GREY, MOST_BLACK, CORE = 4.0, 0.95, (0.3, 0.5, 0.7)
THICKEST_WINDOW_MM = 10.0
WINDOW_SHARE = 0.8
GOOD_LENGTH_MM = 20.0
GOOD_STRENGTH = 6.0
# The standing caliper's own thickness lies this close to the mean; at an end of the wall it loses this much
# of the score of a perfect edge.
CALIPER_SHARE = 0.02
END_PENALTY = 0.2


@dataclass(frozen=True, slots=True)
class Caliper:
    """One reading: end points as (row, column) in the frame, and their distance in mm."""

    inner: tuple[float, float]
    outer: tuple[float, float]
    thickness_mm: float


@dataclass(frozen=True, slots=True, eq=False)
class Calipers(Sequence[Caliper]):
    """Many readings, kept as arrays: end points (readings, 2) as (row, column), thickness (readings,) mm."""

    inner: np.ndarray
    outer: np.ndarray
    thickness_mm: np.ndarray

    def __len__(self) -> int:
        return len(self.thickness_mm)

    def __getitem__(self, index: int | slice) -> Caliper | tuple[Caliper, ...]:
        if isinstance(index, slice):
            return tuple(self[each] for each in range(len(self))[index])
        inner, outer = tuple(self.inner[index].tolist()), tuple(self.outer[index].tolist())
        return Caliper(inner, outer, float(self.thickness_mm[index]))


@dataclass(frozen=True, slots=True, eq=False)
class Thickness:
    """What the stations of a frame say together."""

    mean: Measured[float]
    thickest_mm: float | None
    quality: float
    calipers: Calipers
    caliper: Caliper
    inner_lines: tuple[np.ndarray, ...]
    outer_lines: tuple[np.ndarray, ...]


def wall_thickness(wall: TracedWall, error: BwtErrorModel) -> Thickness | Abstained:
    """Mean thickness over the measurable wall with a 95 % interval.

    Returns
    -------
    The thickness, or `low_confidence` (below 0.9), `wall_too_short` (below 5 mm measurable, or below 12 mm
    beside a lumen that is open on more than 0.3 of its border), `wall_unclear` (quality below 0.55) or
    `wall_not_plausible` (outside 0.8 to 20 mm, readings that do not agree, most of the labelled wall not
    measurable, or nothing but black in it).

    Notes
    -----
    The interval joins the model's error with the scatter of the readings along the wall.
    """
    values = np.concatenate([line.thickness_mm for line in wall.lines]) if wall.lines else np.zeros(0)
    why = _why_not(wall, values)
    if why is not None:
        return why
    mean, spread = float(values.mean()), float(values.std())
    quality = _quality(wall, mean, spread)
    if quality < LEAST_QUALITY:
        return Abstained(
            "wall_unclear",
            f"The edges of this wall are faint, uneven or broken off (quality {quality:.2f}, "
            f"{LEAST_QUALITY} is needed); choose a frame that shows it better.",
        )
    variance = error.variance_mm2(mean, quality) + sampling_variance_mm2(spread, wall.length_mm)
    interval = Interval.around(mean, variance)
    calipers = _calipers(wall)
    return Thickness(
        mean=Measured(mean, interval.low_mm, interval.high_mm),
        thickest_mm=_thickest(wall),
        quality=quality,
        calipers=calipers,
        caliper=calipers[_standing(wall, mean)],
        inner_lines=tuple(_runs(wall, "inner_mm")),
        outer_lines=tuple(_runs(wall, "outer_mm")),
    )


def _why_not(wall: TracedWall, values: np.ndarray) -> Abstained | None:
    """Why the readings, (stations,) mm, are no thickness; None where they are."""
    if wall.confidence < LEAST_CONFIDENCE:
        return Abstained(
            "low_confidence",
            f"The model is not sure of this wall (confidence {wall.confidence:.2f}, {LEAST_CONFIDENCE} "
            "is needed); check the frame or enter the thickness.",
        )
    if wall.length_mm < SHORTEST_WALL_MM:
        return Abstained(
            "wall_too_short",
            f"Both edges of the wall are seen over {wall.length_mm:.1f} mm only, {SHORTEST_WALL_MM:g} mm are "
            "needed; choose a frame with a longer stretch of wall.",
        )
    if wall.length_mm < SHORTEST_OPEN_WALL_MM and wall.lumen_enclosed < CLOSED_AROUND:
        return Abstained(
            "wall_too_short",
            f"Both edges of the wall are seen over {wall.length_mm:.1f} mm only, and it does not close "
            f"around a lumen; {SHORTEST_OPEN_WALL_MM:g} mm are needed then. Choose a frame with a longer "
            "stretch of wall.",
        )
    said = None
    mean, spread = float(values.mean()), float(values.std())
    if not THINNEST_MM <= mean <= THICKEST_MM:
        said = f"The labelled wall is {mean:.1f} mm thick, outside {THINNEST_MM:g} to {THICKEST_MM:g} mm"
    elif spread > MOST_SCATTER * mean:
        said = f"Readings along the wall scatter by {spread:.1f} mm around {mean:.1f} mm, which no wall does"
    elif wall.explained < LEAST_EXPLAINED and wall.lumen_enclosed < ENCLOSED:
        said = f"Only {100 * wall.explained:.0f} % of the labelled wall lies between lumen and other tissue"
    elif _black_share(wall) > MOST_BLACK:
        said = "The labelled wall is as black as fluid, in its middle as near its edges"
    return Abstained("wall_not_plausible", f"{said}; check the frame and its scale.") if said else None


def _black_share(wall: TracedWall) -> float:
    """Share of the measured wall, away from its edges, that shows no echo."""
    points = []
    for line in wall.lines:
        inner, outer = line.edges.inner_mm, line.edges.outer_mm
        points += [line.points_mm(inner + share * (outer - inner))[line.kept] for share in CORE]
    y_mm, x_mm = np.concatenate(points).T
    return float((wall.patch.read_grey(y_mm, x_mm) <= BLACK_GREY).mean())


def _thickest(wall: TracedWall) -> float | None:
    """Largest mean over 10 mm of measured wall that follow each other; None where less than that is measured.

    Notes
    -----
    What is left out of the wall is stepped over, from one line to the next and from the last to the first,
    so every reading counts in as many windows as any other and the largest is never below the mean.
    """
    values = np.concatenate([line.thickness_mm for line in wall.lines])
    size = round(THICKEST_WINDOW_MM / STATION_MM)
    if len(values) < WINDOW_SHARE * size:
        return None
    size = min(size, len(values))
    around = np.concatenate([values, values[: size - 1]])
    return float(np.convolve(around, np.ones(size), "valid").max() / size)


def _quality(wall: TracedWall, mean: float, spread: float) -> float:
    """0 to 1: geometric mean of coverage, length, edge strength, steadiness and the model's confidence."""
    strength = np.concatenate([line.edges.outer_strength[line.kept] for line in wall.lines])
    parts = (
        wall.length_mm / max(wall.candidate_mm, 1e-6),
        min(1.0, wall.length_mm / GOOD_LENGTH_MM),
        float(np.minimum(strength, GOOD_STRENGTH).mean()) / GOOD_STRENGTH,
        1.0 - min(1.0, spread / (MOST_SCATTER * mean)),
        min(1.0, wall.confidence),
    )
    return float(np.prod(np.maximum(parts, 1e-3)) ** (1 / len(parts)))


def _calipers(wall: TracedWall) -> Calipers:
    """Every measured station, line after line."""
    inner, outer = (
        np.concatenate([line.points_mm(getattr(line.edges, edge))[line.kept] for line in wall.lines])
        for edge in ("inner_mm", "outer_mm")
    )
    values = np.concatenate([line.thickness_mm for line in wall.lines])
    return Calipers(wall.patch.to_frame(inner), wall.patch.to_frame(outer), values)


def _standing(wall: TracedWall, mean: float) -> int:
    """Which caliper stands for the value: as thick as the mean, where the edges are clearest; of equals
    the one farthest from the ends of the wall, where a person would put it.
    """
    scores = []
    for line in wall.lines:
        off = np.abs(line.thickness_mm - mean) / mean
        strength = np.minimum(line.edges.outer_strength, GOOD_STRENGTH)[line.kept]
        score = strength / GOOD_STRENGTH - np.maximum(0.0, off - CALIPER_SHARE) * 100
        scores.append(score - END_PENALTY * np.abs(np.linspace(-1.0, 1.0, len(score))))
    return int(np.argmax(np.concatenate(scores)))


def _runs(wall: TracedWall, edge: str) -> list[np.ndarray]:
    """Unbroken stretches of an edge, each (points, 2) in frame pixels."""
    runs = []
    for line in wall.lines:
        points = wall.patch.to_frame(line.points_mm(getattr(line.edges, edge)))
        if line.kept.all() and line.line.ring:
            runs.append(np.concatenate([points, points[:1]]))
            continue
        shift = int(np.argmin(line.kept)) if line.line.ring else 0
        index = np.roll(np.arange(len(points)), -shift)
        kept = line.kept[index]
        breaks = np.flatnonzero(np.diff(kept.astype(int))) + 1
        runs.extend(points[part] for part in np.split(index, breaks) if line.kept[part[0]] and len(part) > 1)
    return runs
