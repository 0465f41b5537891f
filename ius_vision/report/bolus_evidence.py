"""What is drawn of a bolus: curves with their fit, the motion that was followed, and maps of the wall."""

from __future__ import annotations

from dataclasses import dataclass

Numbers = tuple[float | None, ...]


@dataclass(frozen=True, slots=True)
class BolusMap:
    """A parametric map drawn over the B-mode panel: its scale, and a PNG below the exam's folder.

    `shape` is the height and width to show it with, in mm where the picture has a scale.
    """

    name: str
    unit: str
    low: float
    high: float
    picture: str
    shape: tuple[float, float]


@dataclass(frozen=True, slots=True)
class BolusEvidence:
    """One bolus, thinned to as many frames as a page can show.

    Attributes
    ----------
    times_s : of the frames shown.
    wall, unmoved, fit : linear power of the wall's curve with and without motion compensation, and of the
        fitted model; None where there is none. `region` names what `wall` is where no wall was found.
    used : whether a frame counts.
    rows_mm, columns_mm, similarity : movement of the tissue; empty where nothing was followed.
    limit : similarity below which frames were dropped.
    window_end_s : end of the part that was fitted.
    colours : the map's colours from low to high, as #rrggbb.
    """

    region: str
    times_s: Numbers
    wall: Numbers
    unmoved: Numbers = ()
    fit: Numbers = ()
    used: tuple[bool, ...] = ()
    rows_mm: Numbers = ()
    columns_mm: Numbers = ()
    similarity: Numbers = ()
    limit: float | None = None
    window_end_s: float | None = None
    linear: bool = True
    maps: tuple[BolusMap, ...] = ()
    colours: tuple[str, ...] = ()


def bolus_from_record(record: dict | None) -> BolusEvidence | None:
    """Read back a bolus from plain JSON values."""
    if record is None:
        return None
    lists = {name: tuple(value) for name, value in record.items() if isinstance(value, list)}
    maps = tuple(BolusMap(**each | {"shape": tuple(each["shape"])}) for each in record["maps"])
    return BolusEvidence(**record | lists | {"maps": maps})
