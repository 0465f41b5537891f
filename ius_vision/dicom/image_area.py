"""The picture on a screen, found in the pixels: a fan or rectangle free of text, rulers and bars."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from ius_vision.dicom.outline import bounding_box, fill_outline, trace_outline
from ius_vision.dicom.screen_parts import background_level, picture_mask
from ius_vision.geometry import Box

FULL_BOX = 0.985
SECOND_PICTURE = 0.5
SEAM_REACH_PX = 4
TAKEN_BACK, LINE, HEARD = 0.6, 4.0, 0.25
SEAM_LEAST, SEAM_OVER_USUAL, SEAM_OVER_SECOND = 1.0, 2.3, 1.3


@dataclass(frozen=True, slots=True)
class Picture:
    """One picture in frame coordinates; `outline` is None where the box is the outline."""

    box: Box
    outline: tuple[tuple[float, float], ...] | None


def screen_brightness(frames_rgb: Sequence[np.ndarray]) -> np.ndarray:
    """Brightest channel over all frames, (rows, columns) uint8: where anything was ever drawn."""
    brightest = brightest_channel(frames_rgb[0])
    for frame in frames_rgb[1:]:
        np.maximum(brightest, brightest_channel(frame), out=brightest)
    return brightest


def brightest_channel(frame_rgb: np.ndarray) -> np.ndarray:
    """Brightest of red, green and blue, (rows, columns) uint8; faster than a maximum over the axis."""
    return np.maximum(np.maximum(frame_rgb[..., 0], frame_rgb[..., 1]), frame_rgb[..., 2])


def find_picture(brightness: np.ndarray, window: Box) -> Picture | None:
    """Find the one picture inside a window of the screen.

    Parameters
    ----------
    brightness : (rows, columns) uint8, from `screen_brightness`.
    window : where to look: a declared region, or the whole frame.

    Returns
    -------
    The picture, or None where nothing in the window looks like one.
    """
    declared = window != Box(0, 0, *brightness.shape)
    mask = picture_mask(brightness[window.slices], background_level(brightness), declared)
    if mask is None:
        return None
    points = trace_outline(mask)
    inside = fill_outline(points, mask.shape)
    tight = bounding_box(inside)
    box = Box(
        tight.row0 + window.row0,
        tight.column0 + window.column0,
        tight.row1 + window.row0,
        tight.column1 + window.column0,
    )
    if inside.sum() >= FULL_BOX * tight.rows * tight.columns:
        return Picture(box, None)
    shifted = points + np.array([window.row0, window.column0])
    return Picture(box, tuple((float(row), float(column)) for row, column in shifted))


def find_pictures(brightness: np.ndarray) -> tuple[Picture, ...]:
    """Find the picture or the two side by side on a whole screen."""
    rows, columns = brightness.shape
    picture = find_picture(brightness, Box(0, 0, rows, columns))
    if picture is None:
        return ()
    box = picture.box
    seam = find_seam(brightness, box)
    if seam is not None:
        halves = (Box(box.row0, box.column0, box.row1, seam), Box(box.row0, seam, box.row1, box.column1))
        found = tuple(find_picture(brightness, half) for half in halves)
        return found if all(half is not None for half in found) else (picture,)
    beside = [
        _beside(brightness, picture, first, last)
        for first, last in ((0, box.column0), (box.column1, columns))
    ]
    return tuple(sorted((picture, *filter(None, beside)), key=lambda found: found.box.column0))


def find_seam(brightness: np.ndarray, box: Box) -> int | None:
    """Find the column where a second picture begins without a gap.

    Returns
    -------
    The first column of the right-hand picture, or None. The middle third is searched, as dual views are
    halves.

    Notes
    -----
    A seam is a step that lasts: the change from one column to the next counts only as far as it is still
    there some columns on either side, and not where it is taken back nearby, as at a drawn line.
    """
    view = brightness[box.slices].astype(np.float32)
    rows, columns = view.shape
    if columns < 1.2 * rows or columns < 100:
        return None
    reach = SEAM_REACH_PX
    near = np.diff(view, axis=1)
    usual = np.median(np.abs(near), axis=1, keepdims=True) + 2.0
    near, around = near[:, reach:-reach], sliding_window_view(near, 2 * reach + 1, axis=1)
    far = view[:, 2 * reach + 1 :] - view[:, : -(2 * reach + 1)]
    opposite = -np.sign(near) * np.where(near > 0, around.min(axis=2), around.max(axis=2))
    taken_back = opposite >= TAKEN_BACK * np.abs(near)
    lasting = np.where(
        (np.sign(near) == np.sign(far)) & ~taken_back, np.minimum(np.abs(near), np.abs(far)), 0.0
    )
    # Where a line is drawn, the rows beside it speak.
    speaks = ~(taken_back & (np.abs(near) > LINE * usual))
    heard = speaks.mean(axis=0)
    strength = np.clip(lasting / usual, 0, 5).mean(axis=0) / np.maximum(heard, HEARD)
    first, last = int(0.35 * columns), int(0.65 * columns)
    middle = strength[first:last]
    best = int(np.argmax(middle))
    others = np.delete(middle, slice(max(0, best - 12), best + 13))
    least = max(
        SEAM_LEAST, SEAM_OVER_USUAL * float(np.median(middle)), SEAM_OVER_SECOND * float(others.max())
    )
    return box.column0 + first + best + reach + 1 if middle[best] >= least else None


def _beside(brightness: np.ndarray, first: Picture, column0: int, column1: int) -> Picture | None:
    """A second picture of near-equal size to the left or right of the first."""
    if column1 - column0 < SECOND_PICTURE * first.box.columns:
        return None
    second = find_picture(brightness, Box(first.box.row0, column0, first.box.row1, column1))
    if (
        second is None
        or second.box.rows * second.box.columns < SECOND_PICTURE * first.box.rows * first.box.columns
    ):
        return None
    return second
