"""Random crops of labelled frames and the changes that make them look like other scanners' pictures.

Grey values are log-compressed echoes in 0..1, so a factor on the echo is a term added here.
"""

from __future__ import annotations

import cv2
import numpy as np

from ius_vision.segmentation.training.config import AugmentSection
from ius_vision.vocabulary import Label

Rng = np.random.Generator
# How far the echo of labels 1, 2, 3, ... strays from its surroundings'; of bowel: lumen, wall, fat. That fat
# is brighter than its surroundings is all that makes it inflamed.
TISSUE_SPREAD = (0.12, 0.06, 0.0)


def random_crop(
    grey: np.ndarray,
    labels: np.ndarray,
    size: int,
    wall_centred: float,
    settings: AugmentSection,
    rng: Rng,
    focus: int | None = Label.WALL,
) -> tuple[np.ndarray, np.ndarray]:
    """Cut a square out of a frame, turned, scaled and flipped at random.

    Parameters
    ----------
    grey, labels : (rows, columns) uint8.
    size : rows and columns of the crop; outside the frame it is 0.
    focus : the label that a share `wall_centred` of the crops is centred on; None: any but background.

    Returns
    -------
    Grey (size, size) float32 in 0..1 and labels (size, size) uint8.
    """
    row, column = _centre(labels, wall_centred, focus, rng)
    row, column = (
        _mostly_inside(value + rng.uniform(-0.25, 0.25) * size, length, size)
        for value, length in zip((row, column), labels.shape, strict=True)
    )
    turn, scale = 0.0, 1.0
    if rng.random() < settings.geometry:
        turn = np.deg2rad(rng.uniform(-1, 1) * settings.rotation_deg)
        scale = np.exp(rng.uniform(np.log(settings.scale_low), np.log(settings.scale_high)))
    else:
        row, column = round(row), round(column)
    mirror = -1.0 if rng.random() < 0.5 else 1.0
    turn_over = -1.0 if rng.random() < settings.flip_rows else 1.0
    # Maps a crop's (x, y) to the frame's (x, y).
    linear = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]]) / scale
    linear = linear @ np.diag([mirror, turn_over])
    shift = np.array([column, row]) - linear @ np.full(2, size // 2)
    matrix = np.column_stack([linear, shift])
    flags = cv2.WARP_INVERSE_MAP
    picture = cv2.warpAffine(grey, matrix, (size, size), flags=flags | cv2.INTER_CUBIC)
    truth = cv2.warpAffine(labels, matrix, (size, size), flags=flags | cv2.INTER_NEAREST)
    return picture.astype(np.float32) / 255, truth


def borrow(
    picture: np.ndarray, truth: np.ndarray, other: np.ndarray, settings: AugmentSection, rng: Rng
) -> np.ndarray:
    """Lay the speckle, or the surroundings, of another crop over this one.

    A model that sees real pictures only where there is no bowel would learn that real speckle means no bowel;
    here bowel is seen in front of, and with, the speckle of every picture.

    Parameters
    ----------
    picture, other : (rows, columns) float32 in 0..1; `other` shows no bowel.
    truth : (rows, columns) uint8 labels of `picture`.
    """
    field = picture > 0
    if rng.random() < settings.borrowed_texture:
        fine = other - cv2.GaussianBlur(other, (0, 0), rng.uniform(1.5, 3.5))
        smooth = cv2.bilateralFilter(picture, 5, 0.12, 1.5)
        picture = np.clip(smooth + np.float32(rng.uniform(0.4, 1.1)) * fine, 0, 1) * field
    if rng.random() < settings.borrowed_background and truth.any():
        bowel = cv2.dilate(
            (truth > 0).astype(np.float32), np.ones((3, 3)), iterations=int(rng.integers(4, 14))
        )
        share = cv2.GaussianBlur(bowel, (0, 0), rng.uniform(1.5, 4.0))
        picture = share * picture + (1 - share) * other
    return picture.astype(np.float32)


def change_look(picture: np.ndarray, truth: np.ndarray, settings: AugmentSection, rng: Rng) -> np.ndarray:
    """Change contrast, speckle, sharpness, gain, shadows and coding at random.

    Parameters
    ----------
    picture : (rows, columns) float32 in 0..1.
    truth : (rows, columns) uint8 labels, for changes of contrast between tissues.
    """
    field = picture > 0
    steps = (
        (settings.tissue_contrast, lambda p: p + tissue_offsets(truth, rng)),
        (settings.depth_gain, lambda p: p + depth_gain(p.shape, rng)),
        (settings.shadow, lambda p: p - shadow(p.shape, rng)),
        (settings.resolution, lambda p: coarser(p, rng)),
        (settings.speckle, lambda p: p + speckle(p.shape, rng)),
        (settings.sharpness, lambda p: sharpness(p, rng)),
        (settings.grey_curve, lambda p: grey_curve(p, rng)),
        (settings.marks, lambda p: burned_in_marks(p, rng)),
        (settings.jpeg, lambda p: jpeg(p, rng)),
    )
    for chance, change in steps:
        if rng.random() < chance:
            # Outside of the fan the screen stays black whatever the receiver does.
            picture = np.where(field, np.clip(change(picture), 0, 1), picture)
    return picture.astype(np.float32)


def tissue_offsets(truth: np.ndarray, rng: Rng) -> np.ndarray:
    """Echo of each labelled tissue raised or lowered against its surroundings."""
    spread = np.resize(TISSUE_SPREAD, max(len(TISSUE_SPREAD), int(truth.max())))
    offsets = np.concatenate([[0.0], rng.normal(0, spread)]).astype(np.float32)
    return cv2.GaussianBlur(offsets[truth], (0, 0), rng.uniform(0.5, 1.5))


def depth_gain(shape: tuple[int, int], rng: Rng) -> np.ndarray:
    """Slowly varying gain over depth, and a weaker one over width."""
    rows = _smooth_curve(shape[0], 5, rng) * rng.uniform(0, 0.15)
    columns = _smooth_curve(shape[1], 4, rng) * rng.uniform(0, 0.07)
    return (rows[:, None] + columns[None, :]).astype(np.float32)


def shadow(shape: tuple[int, int], rng: Rng) -> np.ndarray:
    """A dark, soft-edged stripe that starts at some depth."""
    rows, columns = shape
    centre, width = rng.uniform(0, columns), rng.uniform(0.02, 0.2) * columns
    across = np.exp(-(np.abs((np.arange(columns) - centre) / width) ** 4))
    down = 1 / (1 + np.exp(-(np.arange(rows) - rng.uniform(-0.3, 0.9) * rows) / 4))
    return (rng.uniform(0.05, 0.35) * np.outer(down, across)).astype(np.float32)


def speckle(shape: tuple[int, int], rng: Rng) -> np.ndarray:
    """Multiplicative noise of random grain, as a term on log-compressed grey."""
    grain = rng.uniform(1.0, 3.5), rng.uniform(1.0, 4.5)
    small = tuple(max(2, round(size / step)) for size, step in zip(shape, grain, strict=True))
    noise = rng.standard_normal(small, dtype=np.float32)
    noise = cv2.resize(noise, shape[::-1], interpolation=cv2.INTER_LINEAR)
    return noise * np.float32(np.exp(rng.uniform(np.log(0.015), np.log(0.2))))


def sharpness(picture: np.ndarray, rng: Rng) -> np.ndarray:
    """Blur, speckle filter (median) or edge enhancement."""
    choice = rng.integers(3)
    if choice == 0:
        return cv2.GaussianBlur(picture, (0, 0), rng.uniform(0.4, 1.3))
    if choice == 1:
        return cv2.medianBlur(picture, 3)
    blurred = cv2.GaussianBlur(picture, (0, 0), rng.uniform(0.8, 2.0))
    return picture + np.float32(rng.uniform(0.2, 1.0)) * (picture - blurred)


def coarser(picture: np.ndarray, rng: Rng) -> np.ndarray:
    """Lost resolution along one or both directions."""
    rows, columns = picture.shape
    small = max(8, round(columns / rng.uniform(1, 2.5))), max(8, round(rows / rng.uniform(1, 2.0)))
    lost = cv2.resize(picture, small, interpolation=cv2.INTER_AREA)
    return cv2.resize(lost, (columns, rows), interpolation=cv2.INTER_LINEAR)


def grey_curve(picture: np.ndarray, rng: Rng) -> np.ndarray:
    """Gamma, contrast and brightness."""
    gamma = np.exp(rng.uniform(np.log(0.5), np.log(1.8)))
    curved = np.power(np.clip(picture, 0, 1), np.float32(gamma))
    middle = curved.mean()
    return (
        (curved - middle) * np.float32(rng.uniform(0.45, 1.5)) + middle + np.float32(rng.uniform(-0.25, 0.3))
    )


def burned_in_marks(picture: np.ndarray, rng: Rng) -> np.ndarray:
    """Crosses and letters such as calipers and annotations."""
    marks = np.zeros(picture.shape, np.uint8)
    rows, columns = picture.shape
    for _ in range(rng.integers(1, 5)):
        place = int(rng.integers(columns)), int(rng.integers(rows))
        grey = float(rng.uniform(150, 255))
        if rng.random() < 0.6:
            cv2.drawMarker(marks, place, grey, int(rng.integers(2)), int(rng.integers(5, 12)), 1)
        else:
            letters = "".join(chr(code) for code in rng.integers(65, 91, rng.integers(1, 8)))
            size = float(rng.uniform(0.25, 0.6))
            cv2.putText(marks, letters, place, cv2.FONT_HERSHEY_SIMPLEX, size, grey, 1)
    return np.maximum(picture, marks.astype(np.float32) / 255)


def jpeg(picture: np.ndarray, rng: Rng) -> np.ndarray:
    """Lossy coding at a random quality."""
    quality = int(rng.integers(25, 85))
    coded = cv2.imencode(
        ".jpg", np.round(picture * 255).astype(np.uint8), [cv2.IMWRITE_JPEG_QUALITY, quality]
    )[1]
    return cv2.imdecode(coded, cv2.IMREAD_GRAYSCALE).astype(np.float32) / 255


def _centre(labels: np.ndarray, wall_centred: float, focus: int | None, rng: Rng) -> tuple[float, float]:
    if rng.random() < wall_centred:
        wall = np.flatnonzero(labels == focus if focus is not None else labels > 0)
        if wall.size:
            return tuple(float(i) for i in np.unravel_index(wall[rng.integers(wall.size)], labels.shape))
    return rng.uniform(0, labels.shape[0]), rng.uniform(0, labels.shape[1])


def _mostly_inside(centre: float, length: int, size: int) -> float:
    """Move a crop's centre so that little of the crop lies outside a frame of that length."""
    if length <= 0.8 * size:
        return length / 2
    return float(np.clip(centre, 0.4 * size, length - 0.4 * size))


def _smooth_curve(size: int, knots: int, rng: Rng) -> np.ndarray:
    return np.interp(np.linspace(0, knots - 1, size), np.arange(knots), rng.uniform(-1, 1, knots))
