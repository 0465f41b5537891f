"""How well predicted labels agree with true ones: overlap and surface distances."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ius_vision.geometry import Spacing


@dataclass(frozen=True, slots=True)
class Overlap:
    """Agreement of one label in one frame; None where it is not defined.

    Attributes
    ----------
    dice : 2|A and B| / (|A| + |B|); None where the label is in neither.
    hd95_mm : 95th percentile of the distances between the two outlines, the larger of both directions.
    asd_mm : mean distance between the two outlines, both directions together.
    """

    dice: float | None
    hd95_mm: float | None
    asd_mm: float | None


def overlap(predicted: np.ndarray, true: np.ndarray, spacing: Spacing) -> Overlap:
    """Compare two masks.

    Parameters
    ----------
    predicted, true : (rows, columns) bool.
    spacing : mm per pixel.

    Notes
    -----
    Distances need the label in both masks. An outline is the mask's pixels with a neighbour outside it.
    """
    sizes = int(predicted.sum()) + int(true.sum())
    if sizes == 0:
        return Overlap(None, None, None)
    dice = 2 * int((predicted & true).sum()) / sizes
    if not predicted.any() or not true.any():
        return Overlap(dice, None, None)
    there, back = _distances(predicted, true, spacing), _distances(true, predicted, spacing)
    hd95 = max(np.percentile(there, 95), np.percentile(back, 95))
    return Overlap(dice, float(hd95), float(np.concatenate([there, back]).mean()))


def _distances(source: np.ndarray, target: np.ndarray, spacing: Spacing) -> np.ndarray:
    from scipy.ndimage import distance_transform_edt

    to_target = distance_transform_edt(~_outline(target), sampling=(spacing.row_mm, spacing.column_mm))
    return to_target[_outline(source)]


def _outline(mask: np.ndarray) -> np.ndarray:
    from scipy.ndimage import binary_erosion

    # The picture's border is no outline: what leaves the picture is not known to end there.
    return mask & ~binary_erosion(mask, border_value=1)
