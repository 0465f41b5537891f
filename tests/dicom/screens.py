"""Drawn scanner screens with known pictures, rulers, bars and flow."""

from __future__ import annotations

import cv2
import numpy as np
import pydicom


def speckle(rows: int, columns: int, seed: int = 1, level: float = 85.0) -> np.ndarray:
    """Smooth noise with a speckle's spread of brightness, (rows, columns) uint8."""
    noise = np.random.default_rng(seed).standard_normal((rows, columns)).astype(np.float32)
    smooth = cv2.GaussianBlur(noise, (0, 0), 1.4)
    return np.clip(level + 28 * smooth / smooth.std(), 2, 250).astype(np.uint8)


def blank(rows: int = 600, columns: int = 800) -> np.ndarray:
    return np.zeros((rows, columns, 3), np.uint8)


def add_rectangle(
    screen: np.ndarray, row0: int, column0: int, row1: int, column1: int, seed: int = 1
) -> None:
    screen[row0:row1, column0:column1] = speckle(row1 - row0, column1 - column0, seed)[..., None]


def fan_mask(
    rows: int, columns: int, apex: tuple[int, int], radii: tuple[int, int], half_degrees: float
) -> np.ndarray:
    row, column = np.mgrid[0:rows, 0:columns]
    down, across = row - apex[0], column - apex[1]
    radius, angle = np.hypot(down, across), np.degrees(np.arctan2(across, down))
    return (radius >= radii[0]) & (radius <= radii[1]) & (np.abs(angle) <= half_degrees)


def add_fan(screen: np.ndarray, **geometry) -> np.ndarray:
    mask = fan_mask(*screen.shape[:2], **geometry)
    screen[mask] = speckle(*screen.shape[:2])[mask][:, None]
    return mask


def add_text(screen: np.ndarray, text: str, row: int, column: int, colour=(230, 230, 230)) -> None:
    cv2.putText(screen, text, (column, row), cv2.FONT_HERSHEY_SIMPLEX, 0.5, colour, 1, cv2.LINE_AA)


def add_ruler(
    screen: np.ndarray,
    column: int,
    row0: int,
    period_px: float,
    ticks: int,
    major_every: int = 0,
    missing: tuple[int, ...] = (),
) -> None:
    """Ticks of 5 px, long ones of 11 px, at rounded rows as scanners draw them."""
    for tick in range(ticks):
        row = round(row0 + tick * period_px)
        if tick not in missing and row < screen.shape[0]:
            long = major_every and tick % major_every == 0
            screen[row : row + 2, column : column + (11 if long else 5)] = 235


def add_grey_bar(screen: np.ndarray, row0: int, column0: int, rows: int, columns: int) -> None:
    screen[row0 : row0 + rows, column0 : column0 + columns] = np.linspace(255, 0, rows)[:, None, None]


def add_velocity_bar(screen: np.ndarray, row0: int, column0: int, rows: int, columns: int) -> None:
    half = rows // 2
    rise = np.linspace(1, 0.1, half)[:, None]
    red = np.concatenate([255 * rise, 200 * rise**2, 0 * rise], axis=1)
    blue = np.concatenate([0 * rise, 200 * rise**2, 255 * rise], axis=1)[::-1]
    screen[row0 : row0 + half, column0 : column0 + columns] = red[:, None].astype(np.uint8)
    screen[row0 + half : row0 + 2 * half, column0 : column0 + columns] = blue[:, None].astype(np.uint8)


def add_power_bar(screen: np.ndarray, row0: int, column0: int, rows: int, columns: int) -> None:
    rise = np.linspace(1, 0.15, rows)[:, None]
    hot = np.concatenate([255 * rise**0.5, 230 * rise**2, 0 * rise], axis=1)
    screen[row0 : row0 + rows, column0 : column0 + columns] = hot[:, None].astype(np.uint8)


def add_vessel(
    screen: np.ndarray, row: int, column: int, colour: tuple[int, int, int], radius: int = 9
) -> None:
    """An ellipse whose colour fades to its edge."""
    rows, columns = np.mgrid[0 : screen.shape[0], 0 : screen.shape[1]]
    distance = np.hypot((rows - row) / radius, (columns - column) / (3 * radius))
    inside = distance < 1
    screen[inside] = (np.array(colour) * (1 - 0.6 * distance[inside][:, None])).astype(np.uint8)


def as_jpeg(screen: np.ndarray, quality: int = 75) -> np.ndarray:
    """Send a screen through lossy compression with halved chroma."""
    _, data = cv2.imencode(".jpg", screen[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, quality])
    return cv2.imdecode(data, cv2.IMREAD_COLOR)[..., ::-1].copy()


def region(
    box: tuple[int, int, int, int], delta_cm: float | tuple[float, float] = 0.01, **tags
) -> pydicom.Dataset:
    """A 2D tissue region; `box` is x0, y0, x1, y1 as DICOM counts them."""
    delta_x, delta_y = delta_cm if isinstance(delta_cm, tuple) else (delta_cm, delta_cm)
    item = pydicom.Dataset()
    item.RegionSpatialFormat = 1
    item.RegionDataType = 1
    item.RegionFlags = 0
    names = ("RegionLocationMinX0", "RegionLocationMinY0", "RegionLocationMaxX1", "RegionLocationMaxY1")
    for name, value in zip(names, box, strict=True):
        setattr(item, name, value)
    item.PhysicalUnitsXDirection = item.PhysicalUnitsYDirection = 3
    item.PhysicalDeltaX, item.PhysicalDeltaY = delta_x, delta_y
    for name, value in tags.items():
        setattr(item, name, value)
    return item


def header(*regions: pydicom.Dataset, **tags) -> pydicom.Dataset:
    """A header with regions and any further tags."""
    made = pydicom.Dataset()
    made.PhotometricInterpretation = "RGB"
    if regions:
        made.SequenceOfUltrasoundRegions = list(regions)
    for name, value in tags.items():
        setattr(made, name, value)
    return made
