"""Screens with text: `LEARNED` is among the reader's templates, `HELD_OUT` are not."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import cv2
import numpy as np
from PIL import Image, ImageDraw, ImageFont

LEARNED = "DejaVuSans"
HELD_OUT = ("opencv", "cmss10", "STIXGeneral")
GREY, YELLOW, CYAN = (225, 225, 225), (255, 220, 90), (90, 220, 255)


def write(screen: np.ndarray, text: str, at: tuple[int, int], face: str, height_px: int, ink=GREY) -> None:
    """Write into (rows, columns, 3) uint8 RGB; `at` is column and row of the upper left corner."""
    if face == "opencv":
        font = cv2.FONT_HERSHEY_SIMPLEX
        scale = cv2.getFontScaleFromHeight(font, height_px - 1, 1)
        cv2.putText(screen, text, (at[0], at[1] + height_px), font, scale, ink, 1, cv2.LINE_AA)
    else:
        fonts = Path(importlib.util.find_spec("matplotlib").origin).parent / "mpl-data" / "fonts" / "ttf"
        font = ImageFont.truetype(str(fonts / f"{face}.ttf"), round(1.4 * height_px))
        image = Image.fromarray(screen)
        ImageDraw.Draw(image).text(at, text, fill=ink, font=font)
        screen[:] = np.asarray(image)


def compressed(screen: np.ndarray, quality: int = 85) -> np.ndarray:
    """What JPEG leaves of a screen."""
    _, stream = cv2.imencode(".jpg", screen[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, quality])
    return cv2.imdecode(stream, cv2.IMREAD_COLOR)[..., ::-1].copy()


def blank(rows: int = 60, columns: int = 320, level: int = 8) -> np.ndarray:
    """An empty screen."""
    return np.full((rows, columns, 3), level, np.uint8)


def everywhere(screen: np.ndarray) -> np.ndarray:
    """Text may stand anywhere."""
    return np.ones(screen.shape[:2], bool)
