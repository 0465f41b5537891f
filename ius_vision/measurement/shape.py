"""The shape of a wall beyond its thickness: its layers, its lumen and its inner edge."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields

import numpy as np

from ius_vision.measurement.layer_thickness import LayerThickness
from ius_vision.measurement.lumen import LumenWidth, inner_roughness_mm, measure_lumen
from ius_vision.measurement.stratification import Stratification
from ius_vision.measurement.wall import TracedWall

# The prestenotic bowel is wider than this, and the stricture less than half as wide: usual limits [M].
DILATED_MM, NARROW_SHARE = 25.0, 0.5


@dataclass(frozen=True, slots=True)
class WallShape:
    """What one look gives, each part None where it is not seen; `roughness_mm` is that of the inner edge."""

    layers: LayerThickness | None = None
    lumen: LumenWidth | None = None
    roughness_mm: float | None = None


NOTHING_SEEN = WallShape()


def wall_shape(wall: TracedWall, layers: Stratification) -> WallShape:
    """The shape of a traced wall."""
    return WallShape(layers.thickness, measure_lumen(wall), inner_roughness_mm(wall))


def pooled_shape(looks: Sequence[WallShape]) -> WallShape:
    """Looks at one wall together: medians of those that show a part."""
    roughness = [look.roughness_mm for look in looks if look.roughness_mm is not None]
    return WallShape(
        _median(LayerThickness, [look.layers for look in looks]),
        _median(LumenWidth, [look.lumen for look in looks]),
        float(np.median(roughness)) if roughness else None,
    )


def stricture_seen(lumens: Sequence[LumenWidth]) -> bool:
    """Whether a clip shows bowel wider than 25 mm next to a lumen less than half as wide."""
    return any(
        lumen.widest_mm > DILATED_MM and lumen.narrowest_mm < NARROW_SHARE * lumen.widest_mm
        for lumen in lumens
    )


def _median(kind: type, looks: Sequence[object | None]):
    known = [look for look in looks if look is not None]
    if not known:
        return None
    return kind(*(float(np.median([getattr(look, item.name) for look in known])) for item in fields(kind)))
