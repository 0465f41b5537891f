"""The screen around the picture: ruler, grey bar, colour bar, texts and a logo."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import cv2
import numpy as np

from ius_vision.geometry import Box, Spacing
from ius_vision.phantom.parts import Scanner

FONT = cv2.FONT_HERSHEY_SIMPLEX
SIZES = ((480, 640), (600, 800), (768, 1024))
PANEL_GAP_PX = 16


@dataclass(frozen=True, slots=True)
class Screen:
    """Where the picture stands on the screen, and how the furniture looks.

    `top`, `left` is the tissue picture's first pixel; with two panels, `panel_shift_px` leads from it to the
    contrast picture, else it is 0. `ruler_step_mm` is the distance of the ruler's ticks.
    """

    rows: int
    columns: int
    top: int
    left: int
    ruler_right: bool
    ruler_step_mm: float
    ruler_numbers: bool
    bar_right: bool
    ink: int
    panel_shift_px: int = 0


def place(
    rng: np.random.Generator, scanner: Scanner, size: tuple[int, int], panels: int = 1
) -> tuple[Screen, Scanner]:
    """Choose a layout and the pixel size at which the scanner's field fills it.

    Parameters
    ----------
    size : rows and columns of the screen.
    panels : 1, or 2 for pictures side by side.

    Returns
    -------
    The screen, and the scanner with the spacing that fits; now and then its pixels are not square.
    """
    rows, columns = size
    head, foot, side = round(rows * 0.1), round(rows * 0.07), round(columns * 0.11)
    free_columns = (columns - 2 * side - PANEL_GAP_PX * (panels - 1)) // panels
    height_mm = scanner.depth_mm - scanner.top_mm
    scale = max(height_mm / (rows - head - foot), scanner.width_mm / free_columns)
    aspect = float(rng.uniform(1.02, 1.12)) if rng.random() < 0.1 else 1.0
    scanner = replace(scanner, spacing=Spacing(scale, scale * aspect))
    spread = scanner.columns * panels + PANEL_GAP_PX * (panels - 1)
    screen = Screen(
        rows=rows, columns=columns, top=head, left=(columns - spread) // 2,
        ruler_right=bool(rng.random() < 0.7), ruler_step_mm=float(rng.choice([5.0, 10.0])),
        ruler_numbers=bool(rng.random() < 0.5), bar_right=bool(rng.random() < 0.3),
        ink=int(rng.integers(170, 256)),
        panel_shift_px=(scanner.columns + PANEL_GAP_PX) if panels == 2 else 0,
    )  # fmt: skip
    return screen, scanner


def swapped(screen: Screen) -> Screen:
    """The screen with the contrast picture on the other side of the tissue picture."""
    shift = screen.panel_shift_px
    return replace(screen, left=screen.left + shift, panel_shift_px=-shift)


def furnish(screen: Screen, scanner: Scanner, texts: tuple[str, ...], colour_bar: np.ndarray | None):
    """Draw everything that stays the same over a cine.

    Parameters
    ----------
    texts : the title, then short lines for the right margin.
    colour_bar : (256, 3) uint8 map shown instead of the grey bar, or None.

    Returns
    -------
    np.ndarray
        (rows, columns, 3) uint8 RGB, black where the pictures go.
    """
    canvas = np.zeros((screen.rows, screen.columns, 3), np.uint8)
    ink = (screen.ink,) * 3
    size = screen.rows / 480 * 0.4
    line = round(screen.rows / 480 * 15)
    cv2.putText(canvas, texts[0], (round(screen.columns * 0.12), line), FONT, size, ink, 1, cv2.LINE_AA)
    _logo(canvas, screen, ink)
    _bar(canvas, screen, colour_bar)
    for shift in {0, screen.panel_shift_px}:
        _ruler(canvas, screen, scanner, shift, ink)
    # Settings stand where the ruler and the bar leave room: along the lower edge.
    at = round(screen.columns * 0.03)
    for text in texts[1:]:
        place_px = (at, screen.rows - round(line * 0.6))
        cv2.putText(canvas, text, place_px, FONT, size * 0.85, ink, 1, cv2.LINE_AA)
        (wide, _), _ = cv2.getTextSize(text, FONT, size * 0.85, 1)
        at += wide + line
    return canvas


def draw_readouts(canvas: np.ndarray, screen: Screen, range_db: float, seconds: float) -> None:
    """Write the dynamic range and a running timer, minutes and seconds, into the title's row of a screen."""
    size, line = screen.rows / 480 * 0.6, round(screen.rows / 480 * 19)
    timer = f"{int(seconds) // 60:02d}:{int(seconds) % 60:02d}"
    for text, share in ((f"DR {range_db:.0f} dB", 0.62), (timer, 0.84)):
        place_px = (round(screen.columns * share), line)
        cv2.putText(canvas, text, place_px, FONT, size, (screen.ink,) * 3, 1, cv2.LINE_AA)


def _logo(canvas: np.ndarray, screen: Screen, ink) -> None:
    centre = round(screen.columns * 0.05), round(screen.rows * 0.06)
    radius = round(screen.rows * 0.025)
    cv2.circle(canvas, centre, radius, ink, 1, cv2.LINE_AA)
    cv2.ellipse(canvas, centre, (radius, radius // 2), 0, 200, 340, ink, 1, cv2.LINE_AA)


def bar_box(screen: Screen) -> Box:
    """Where the grey or colour bar stands."""
    height = round(screen.rows * 0.3)
    wide = max(8, round(screen.columns * 0.014))
    left = round(screen.columns * (0.955 if screen.bar_right else 0.02))
    top = round(screen.rows * 0.14)
    return Box(top, left, top + height, left + wide)


def _bar(canvas: np.ndarray, screen: Screen, colours: np.ndarray | None) -> None:
    """The map from value to colour, highest value on top."""
    box = bar_box(screen)
    values = np.linspace(255, 0, box.rows).astype(np.uint8)
    strip = np.repeat(values[:, None], 3, axis=1) if colours is None else colours[values]
    canvas[box.slices] = strip[:, None, :]


def _ruler(canvas: np.ndarray, screen: Screen, scanner: Scanner, shift: int, ink) -> None:
    """Ticks from the skin down: short ones at every step, long ones at every centimetre (or five)."""
    skin = screen.top - scanner.top_mm / scanner.spacing.row_mm
    edge = screen.left + shift + (scanner.columns + 6 if screen.ruler_right else -6)
    way = 1 if screen.ruler_right else -1
    long_every = 2 if screen.ruler_step_mm == 5.0 else 5
    for index in range(math.floor(scanner.depth_mm / screen.ruler_step_mm) + 1):
        row = round(skin + index * screen.ruler_step_mm / scanner.spacing.row_mm)
        major = index % long_every == 0
        length = way * (9 if major else 5)
        cv2.line(canvas, (edge, row), (edge + length, row), ink, 1)
        if major and screen.ruler_numbers and index > 0 and shift == screen.panel_shift_px:
            label = f"{index * screen.ruler_step_mm / 10:.0f}"
            at = edge + length + (3 if way > 0 else -14)
            cv2.putText(canvas, label, (at, row + 4), FONT, screen.rows / 480 * 0.33, ink, 1, cv2.LINE_AA)


def insert(canvas: np.ndarray, screen: Screen, picture: np.ndarray, area: np.ndarray, shift: int = 0) -> None:
    """Put a picture, (rows, columns) or (rows, columns, 3), into the canvas where `area` is true."""
    left = screen.left + shift
    window = canvas[screen.top : screen.top + picture.shape[0], left : left + picture.shape[1]]
    colour = picture if picture.ndim == 3 else np.repeat(picture[:, :, None], 3, axis=2)
    window[area] = colour[area]
