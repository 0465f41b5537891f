"""Smooth random fields of the echo engine, and the curves that make tissue of them."""

from __future__ import annotations

import cv2
import numpy as np

MARGIN = 3
NARROWEST_PX = 0.3


def smooth_noise(
    rng: np.random.Generator, shape: tuple[int, int], down_px: float, across_px: float
) -> np.ndarray:
    """Noise of mean 0 and deviation 1 whose grains have a given size.

    Parameters
    ----------
    shape : rows and columns of the field.
    down_px, across_px : standard deviation of the Gaussian that smooths, along rows and along columns.

    Returns
    -------
    (rows, columns) float32.
    """
    # Drawn coarsely, since wide grains hold nothing that a fine grid would add.
    step_down, step_across = max(1, int(down_px / 2)), max(1, int(across_px / 2))
    rows = shape[0] // step_down + 2 * MARGIN + 2
    columns = shape[1] // step_across + 2 * MARGIN + 2
    coarse = cv2.GaussianBlur(
        rng.standard_normal((rows, columns), dtype=np.float32), (0, 0),
        sigmaX=max(across_px / step_across, NARROWEST_PX), sigmaY=max(down_px / step_down, NARROWEST_PX),
        borderType=cv2.BORDER_REFLECT,
    )[MARGIN:-MARGIN, MARGIN:-MARGIN]  # fmt: skip
    field = cv2.resize(coarse, (shape[1], shape[0]), interpolation=cv2.INTER_CUBIC)
    return (field - field.mean()) / (field.std() + 1e-6)


def turned_noise(
    rng: np.random.Generator, shape: tuple[int, int], grain_px: tuple[float, float], turn_deg: float
) -> np.ndarray:
    """`smooth_noise` of grains of (down, across) pixels, turned; above 0 they run down to the right."""
    side = int(np.hypot(*shape)) + 4
    square = smooth_noise(rng, (side, side), *grain_px)
    turn = cv2.getRotationMatrix2D((side / 2, side / 2), -turn_deg, 1)
    turn[0, 2] -= (side - shape[1]) / 2
    turn[1, 2] -= (side - shape[0]) / 2
    return cv2.warpAffine(square, turn, (shape[1], shape[0]), flags=cv2.INTER_LINEAR)


def soft_step(value: np.ndarray) -> np.ndarray:
    """From 0 to 1 where a value passes 0: the logistic function."""
    return 1 / (1 + np.exp(-np.clip(value, -30, 30)))


def ridges(field: np.ndarray, width: float) -> np.ndarray:
    """1 along the lines where a field passes 0, falling to 0 within `width` of it."""
    return np.exp(-((field / width) ** 2))
