"""Texture of the wall by the image biomarker standard (IBSI): first order and grey level co-occurrence.

Notes
-----
Definitions and benchmark values: Zwanenburg et al., Radiology 2020;295:328, and the reference manual
arXiv:1612.07003. Aggregation of the co-occurrence matrix: 2D, slice-merged (four directions, distance 1,
symmetric). Fixed here: 0.2 mm pixels by linear interpolation, mask at 0.5, 32 bins of equal number between
the region's darkest and brightest pixel, so that gain and contrast of a display drop out.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields

import cv2
import numpy as np

from ius_vision.geometry import Spacing

PIXEL_MM, BINS = 0.2, 32
# A wall of coarser pixels would get its texture from the interpolation.
COARSEST_MM = 0.3
LEAST_PIXELS = 400
ANGLES = (0.0, np.pi / 4, np.pi / 2, 3 * np.pi / 4)


@dataclass(frozen=True, slots=True)
class FirstOrder:
    """Mean, variance, skewness and excess kurtosis of grey levels, none corrected for bias."""

    mean: float
    variance: float
    skewness: float
    kurtosis: float


@dataclass(frozen=True, slots=True)
class CoOccurrence:
    """Joint entropy in bits, contrast, inverse difference moment, correlation and angular second moment."""

    joint_entropy: float
    contrast: float
    inverse_difference_moment: float
    correlation: float
    angular_second_moment: float


@dataclass(frozen=True, slots=True)
class WallTexture:
    """What is kept of a wall: what does not change with the display's gain and contrast."""

    skewness: float
    kurtosis: float
    histogram_entropy_bits: float
    joint_entropy_bits: float
    contrast: float
    homogeneity: float
    correlation: float
    energy: float


def wall_texture(grey: np.ndarray, wall: np.ndarray, spacing: Spacing) -> WallTexture | None:
    """Texture of the labelled wall.

    Parameters
    ----------
    grey, wall : (rows, columns), uint8 luminance and bool.
    spacing : mm per pixel.

    Returns
    -------
    The texture, or None where the pixels are coarser than 0.3 mm, the wall has less than 400 pixels of
    0.2 mm, or it shows one grey level only.
    """
    if max(spacing.row_mm, spacing.column_mm) > COARSEST_MM or not wall.any():
        return None
    column, row, columns, rows = cv2.boundingRect(wall.astype(np.uint8))
    box = slice(row, row + rows), slice(column, column + columns)
    level, inside = _resampled(grey[box], wall[box], spacing)
    if np.count_nonzero(inside) < LEAST_PIXELS or np.ptp(level[inside]) == 0:
        return None
    bins = discretised(level, inside)
    first, second = first_order(level[inside]), co_occurrence([bins])
    shares = np.bincount(bins[inside])[1:] / np.count_nonzero(inside)
    return WallTexture(
        skewness=first.skewness,
        kurtosis=first.kurtosis,
        histogram_entropy_bits=_entropy_bits(shares),
        joint_entropy_bits=second.joint_entropy,
        contrast=second.contrast,
        homogeneity=second.inverse_difference_moment,
        correlation=second.correlation,
        energy=second.angular_second_moment,
    )


def pooled_texture(looks: Sequence[WallTexture | None]) -> WallTexture | None:
    """Medians over looks at one wall; None where none shows it."""
    known = [look for look in looks if look is not None]
    if not known:
        return None
    return WallTexture(
        *(float(np.median([getattr(look, item.name) for look in known])) for item in fields(WallTexture))
    )


def discretised(level: np.ndarray, inside: np.ndarray) -> np.ndarray:
    """Bins 1 to 32 of equal width from the least to the greatest level inside, 0 outside, int."""
    low, high = float(level[inside].min()), float(level[inside].max())
    bins = np.minimum(np.floor(BINS * (level - low) / (high - low)) + 1, BINS)
    return np.where(inside, bins, 0).astype(np.int64)


def first_order(levels: np.ndarray) -> FirstOrder:
    """First order figures of (n,) grey levels; skewness and kurtosis are 0 where all are equal."""
    off = levels.astype(np.float64) - levels.mean()
    variance = float(np.mean(off**2))
    if variance == 0:
        return FirstOrder(float(levels.mean()), 0.0, 0.0, 0.0)
    return FirstOrder(
        float(levels.mean()),
        variance,
        float(np.mean(off**3) / variance**1.5),
        float(np.mean(off**4) / variance**2 - 3),
    )


def co_occurrence(slices: Sequence[np.ndarray]) -> CoOccurrence:
    """Figures of the co-occurrence matrix of each slice, averaged over the slices.

    Parameters
    ----------
    slices : (rows, columns) int, bins from 1 on, 0 outside the region.
    """
    found = [_figures(_matrix(bins)) for bins in slices]
    return CoOccurrence(*np.mean(found, axis=0).tolist())


def _matrix(bins: np.ndarray) -> np.ndarray:
    """The symmetric matrix of neighbours in all four directions, merged, that sums to 1."""
    from skimage.feature import graycomatrix

    counts = graycomatrix(bins.astype(np.uint8), [1], ANGLES, levels=int(bins.max()) + 1, symmetric=True)
    # Level 0 is outside of the region; pairs with it are none.
    merged = counts[1:, 1:, 0].sum(axis=2, dtype=np.float64)
    return merged / max(merged.sum(), 1.0)


def _figures(matrix: np.ndarray) -> tuple[float, ...]:
    level = np.arange(1, len(matrix) + 1)
    apart = level[:, None] - level[None, :]
    own = matrix.sum(axis=1)
    mean = float(own @ level)
    variance = float(own @ (level - mean) ** 2)
    together = float((level - mean) @ matrix @ (level - mean))
    return (
        _entropy_bits(matrix),
        float(np.sum(matrix * apart**2)),
        float(np.sum(matrix / (1 + apart**2))),
        together / variance if variance > 0 else 1.0,
        float(np.sum(matrix**2)),
    )


def _entropy_bits(shares: np.ndarray) -> float:
    some = shares[shares > 0]
    return float(-np.sum(some * np.log2(some)))


def _resampled(grey: np.ndarray, wall: np.ndarray, spacing: Spacing) -> tuple[np.ndarray, np.ndarray]:
    """Levels, float32, and mask, bool, on 0.2 mm pixels around the same centre."""
    rows = max(1, round(grey.shape[0] * spacing.row_mm / PIXEL_MM))
    columns = max(1, round(grey.shape[1] * spacing.column_mm / PIXEL_MM))
    row_px, column_px = PIXEL_MM / spacing.row_mm, PIXEL_MM / spacing.column_mm
    at_row = (np.arange(rows) - (rows - 1) / 2) * row_px + (grey.shape[0] - 1) / 2
    at_column = (np.arange(columns) - (columns - 1) / 2) * column_px + (grey.shape[1] - 1) / 2
    where = np.meshgrid(at_column.astype(np.float32), at_row.astype(np.float32))
    level = cv2.remap(grey.astype(np.float32), *where, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    inside = cv2.remap(wall.astype(np.float32), *where, cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT)
    return level, inside >= 0.5
