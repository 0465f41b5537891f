"""Small pictures of walls with known thickness, and masks with the faults that networks make."""

from __future__ import annotations

from dataclasses import dataclass, replace

import cv2
import numpy as np

from ius_vision.geometry import Spacing
from ius_vision.vocabulary import Label

SQUARE = Spacing(0.1, 0.1)
OBLONG = Spacing(0.08, 0.13)


@dataclass(frozen=True)
class Labelled:
    """A segmentation as `measurement` takes it."""

    labels: np.ndarray
    wall_probability: np.ndarray

    @property
    def fat_probability(self) -> np.ndarray:
        """Sure of its label everywhere."""
        return (self.labels == Label.INFLAMED_FAT).astype(np.float32)


@dataclass(frozen=True)
class Picture:
    """A frame and its true labels."""

    grey: np.ndarray
    labels: np.ndarray
    spacing: Spacing
    area: np.ndarray

    @property
    def truth(self) -> Labelled:
        return Labelled(self.labels, (self.labels == Label.WALL).astype(np.float32))


def grid_mm(height_mm: float, width_mm: float, spacing: Spacing) -> tuple[np.ndarray, np.ndarray]:
    """y and x of every pixel, mm from the corner."""
    rows, columns = round(height_mm / spacing.row_mm), round(width_mm / spacing.column_mm)
    y, x = np.mgrid[:rows, :columns].astype(float)
    return (y + 0.5) * spacing.row_mm, (x + 0.5) * spacing.column_mm


def two_walls(
    thickness_mm: float, lumen_mm: float, spacing: Spacing = SQUARE, tilt_deg: float = 0.0, **more
) -> Picture:
    """A loop cut along: near and far wall around a lumen."""
    y, x = grid_mm(36.0, 40.0, spacing)
    turn = np.radians(tilt_deg)
    across = (y - 18.0) * np.cos(turn) - (x - 20.0) * np.sin(turn)
    return picture(np.abs(across) - lumen_mm / 2, thickness_mm, spacing, **more)


def one_wall(thickness_mm: float, spacing: Spacing = SQUARE, **more) -> Picture:
    """A near wall with a wide lumen below it, which reaches the lower border."""
    y, _ = grid_mm(30.0, 40.0, spacing)
    return picture(14.0 - y, thickness_mm, spacing, **more)


def ring(thickness_mm: float, radius_mm: float, spacing: Spacing = SQUARE, **more) -> Picture:
    """A loop cut across, with a round lumen."""
    y, x = grid_mm(36.0, 40.0, spacing)
    return picture(np.hypot(y - 18.0, x - 20.0) - radius_mm, thickness_mm, spacing, **more)


def picture(
    outside_mm: np.ndarray,
    thickness_mm: float,
    spacing: Spacing,
    seed: int = 0,
    lost: np.ndarray | None = None,
    fat_db: np.ndarray | float = 0.0,
    lumen_db: float = -30.0,
) -> Picture:
    """Speckled picture of a wall around a lumen, from the distance outwards of its inner edge.

    Parameters
    ----------
    lost : bool pixels without layers. `fat_db` : level of the tissue outside.
    """
    level = np.where(outside_mm < 0, lumen_db, 0.0) + np.where(outside_mm > thickness_mm, fat_db, 0.0)
    share = outside_mm / thickness_mm
    layers = np.select([outside_mm < 0.3, share < 0.35, share < 0.65], [6.0, -12.0, 1.0], -14.0)
    if lost is not None:
        layers = np.where(lost & (outside_mm >= 0.3), -12.0, layers)
    wall = (outside_mm >= 0) & (outside_mm < thickness_mm)
    level = np.where(wall, layers, level)
    serosa = (outside_mm >= thickness_mm) & (outside_mm < thickness_mm + 0.5)
    level = np.where(serosa, 8.0, level)
    labels = np.zeros(level.shape, np.uint8)
    labels[outside_mm < 0] = Label.LUMEN
    labels[wall] = Label.WALL
    return Picture(speckled(level, spacing, seed), labels, spacing, np.ones(level.shape, bool))


def speckled(level_db: np.ndarray, spacing: Spacing, seed: int) -> np.ndarray:
    """Log-compressed Rayleigh speckle of an echo level, 60 dB range, uint8."""
    rng = np.random.default_rng(seed)
    field = rng.standard_normal((2, *level_db.shape)) * 10 ** (level_db / 20)
    sigma = {"sigmaX": 0.2 / spacing.column_mm, "sigmaY": 0.1 / spacing.row_mm}
    gain = np.sqrt(4 * np.pi * sigma["sigmaX"] * sigma["sigmaY"])
    real, imaginary = (cv2.GaussianBlur(part, (0, 0), **sigma) * gain for part in field)
    echo = 20 * np.log10(np.hypot(real, imaginary) / np.sqrt(2) + 10 ** (-38 / 20))
    return np.clip(np.rint(130 + echo * 255 / 60), 0, 255).astype(np.uint8)


def smooth_noise(
    rng: np.random.Generator, shape: tuple[int, int], spacing: Spacing, size_mm: float
) -> np.ndarray:
    """A random smooth field of unit spread."""
    coarse = int(shape[0] * spacing.row_mm / size_mm) + 4, int(shape[1] * spacing.column_mm / size_mm) + 4
    field = cv2.resize(rng.standard_normal(coarse), shape[::-1], interpolation=cv2.INTER_CUBIC)
    return field / field.std()


def warped(
    labels: np.ndarray, spacing: Spacing, rng: np.random.Generator, spread_mm: float = 0.3
) -> np.ndarray:
    """Labels whose borders wander by some tenths of a mm over some mm, as those of a network do."""
    row, column = np.mgrid[: labels.shape[0], : labels.shape[1]].astype(np.float32)
    row += (smooth_noise(rng, labels.shape, spacing, 3.0) * spread_mm / spacing.row_mm).astype(np.float32)
    column += (smooth_noise(rng, labels.shape, spacing, 3.0) * spread_mm / spacing.column_mm).astype(
        np.float32
    )
    return cv2.remap(labels, column, row, cv2.INTER_NEAREST)


def uncertain(labels: np.ndarray, spacing: Spacing, blur_mm: float = 0.25) -> Labelled:
    """Probabilities that fall off softly at every border; thin structures lose to their neighbours."""
    shares = np.stack([(labels == label).astype(np.float32) for label in Label])
    sigma = {"sigmaX": blur_mm / spacing.column_mm, "sigmaY": blur_mm / spacing.row_mm}
    shares = np.stack([cv2.GaussianBlur(share, (0, 0), **sigma) for share in shares])
    return Labelled(shares.argmax(axis=0).astype(np.uint8), shares[Label.WALL])


def punched(
    labels: np.ndarray, spacing: Spacing, row_mm: float, column_mm: float, radius_mm: float, value: int
):
    """Labels with a round patch of another value."""
    y, x = grid_mm(labels.shape[0] * spacing.row_mm, labels.shape[1] * spacing.column_mm, spacing)
    changed = labels.copy()
    changed[np.hypot(y - row_mm, x - column_mm) < radius_mm] = value
    return changed


def turned(shown: Picture, how: str) -> Picture:
    """A picture flipped or turned, its spacing with it."""
    change = {
        "left_right": lambda a: a[:, ::-1],
        "upside_down": lambda a: a[::-1],
        "quarter_turn": lambda a: np.rot90(a),
        "half_turn": lambda a: np.rot90(a, 2),
        "moved": lambda a: np.roll(a, (7, -5), axis=(0, 1)),
    }[how]
    spacing = shown.spacing
    if how == "quarter_turn":
        spacing = Spacing(spacing.column_mm, spacing.row_mm)
    parts = {name: np.ascontiguousarray(change(getattr(shown, name))) for name in ("grey", "labels", "area")}
    return replace(shown, spacing=spacing, **parts)
