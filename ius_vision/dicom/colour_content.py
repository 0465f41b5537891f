"""Which colour a clip's pictures hold: flow or not, which hues, and the colour bar beside them.

Colour is chroma, the distance of (Cb, Cr) from grey. A tinted grey map (one hue for all brightnesses) is
taken off first, thin graphics are opened away, and bars are left out.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from ius_vision.geometry import Box

COLOURED = 25.0
TINT_SAMPLE = 40_000
TINT_LEAST, TINT_GROWTH = 2.0, 0.05
TINT_BINS, TINT_DARKEST, TINT_ONE_BRIGHTNESS = 32, 12.0, 0.7
BAR_BLUR_PX = 3
FILL_SHARE, FILL_LEAST = 0.6, 0.2
WARM, GREEN, COLD = (320.0, 70.0), (70.0, 165.0), (165.0, 290.0)
# Yellow to cyan: the far ends of a Doppler map's two sides, never without the red or blue they come from.
MARK_HUES, MARK_SPREAD, MARK_SHARE, LARGEST_MARK = (45.0, 200.0), 15.0, 0.9, 0.01


@dataclass(frozen=True, slots=True)
class Hues:
    """Shares of the coloured pixels: red to yellow, green, cyan to violet."""

    warm: float
    green: float
    cold: float


@dataclass(frozen=True, slots=True)
class ColourBar:
    """The bar that explains the colours; its hues tell velocity (two-sided) from power (one-sided)."""

    box: Box
    hues: Hues

    @property
    def two_sided(self) -> bool:
        return self.hues.warm >= 0.15 and self.hues.cold >= 0.15

    @property
    def power(self) -> bool:
        return self.hues.warm >= 0.85


@dataclass(frozen=True, slots=True)
class ColourContent:
    """What the sampled frames show inside the pictures.

    `flow_px` is the most coloured pixels of one frame, `flow_share` their share of the area,
    `filled_box` the share of their bounding box they cover, `tinted` whether the grey map has a hue.
    """

    flow_px: int
    flow_share: float
    filled_box: float
    hues: Hues
    tinted: bool
    bar: ColourBar | None


def colour_content(frames_rgb: Sequence[np.ndarray], areas: Sequence[np.ndarray]) -> ColourContent:
    """Measure the colour in the pictures of a clip.

    Parameters
    ----------
    frames_rgb : 1 to 5 frames, (rows, columns, 3) uint8 RGB.
    areas : (rows, columns) bool masks of the pictures; without any, the whole frame is one.
    """
    shape = frames_rgb[0].shape[:2]
    masks = list(areas) or [np.ones(shape, dtype=bool)]
    bars = find_colour_bars(frames_rgb[0])
    flows, tinted = [], False
    for frame in frames_rgb:
        flow = np.zeros(shape, dtype=bool)
        for mask in masks:
            coloured, has_tint = coloured_pixels(frame, mask)
            flow |= coloured
            tinted |= has_tint
        for bar in bars:
            flow[_widened(bar.box)] = False
        flows.append(flow)
    counts = [int(flow.sum()) for flow in flows]
    best = int(np.argmax(counts))
    union = np.logical_or.reduce(masks)
    return ColourContent(
        flow_px=counts[best],
        flow_share=counts[best] / max(1, int(union.sum())),
        filled_box=_filled_box(flows[best]),
        hues=_hues(frames_rgb[best][flows[best]]),
        tinted=tinted,
        bar=bars[0] if bars else None,
    )


def coloured_pixels(frame_rgb: np.ndarray, mask: np.ndarray) -> tuple[np.ndarray, bool]:
    """Find coloured flow inside one picture.

    Returns
    -------
    (rows, columns) bool, and whether the grey map is tinted. A palette's fill colour (one exact, half-
    saturated colour over most of the coloured pixels), lines of one or two pixels, and texts and arrows of
    one hue that flow does not have alone are no flow.
    """
    luma, blue, red = _luma_chroma(frame_rgb)
    blue, red, tinted = _without_tint(luma, blue, red, mask)
    coloured = (blue * blue + red * red > COLOURED**2) & mask
    coloured = cv2.morphologyEx(coloured.astype(np.uint8), cv2.MORPH_OPEN, np.ones((3, 3), np.uint8)) > 0
    if _is_palette_fill(frame_rgb[coloured], int(mask.sum())):
        # What borders the fill is the palette's own dither between fill and grey.
        coloured = np.zeros_like(coloured)
    return _without_marks(frame_rgb, coloured, LARGEST_MARK * mask.sum()), tinted


def _without_marks(frame_rgb: np.ndarray, coloured: np.ndarray, largest_px: float) -> np.ndarray:
    """Leave out the small pieces that are of one hue between yellow and cyan: letters, arrows, markers."""
    count, pieces = cv2.connectedComponents(coloured.astype(np.uint8), connectivity=8)
    if count == 1:
        return coloured
    own = pieces[coloured]
    degrees = _degrees(frame_rgb[coloured])
    order = np.argsort(own, kind="stable")
    hues = np.split(degrees[order], np.flatnonzero(np.diff(own[order])) + 1)
    is_mark = np.zeros(count, dtype=bool)
    for piece, values in enumerate(hues, start=1):
        usual = float(np.median(values))
        alike = np.mean(np.abs(values - usual) <= MARK_SPREAD)
        small = len(values) <= largest_px
        is_mark[piece] = small and MARK_HUES[0] <= usual < MARK_HUES[1] and alike >= MARK_SHARE
    return coloured & ~is_mark[pieces]


def find_colour_bars(frame_rgb: np.ndarray) -> tuple[ColourBar, ...]:
    """Find upright, filled, narrow rectangles of changing colour, the tallest first."""
    rows, columns = frame_rgb.shape[:2]
    _, blue, red = _luma_chroma(frame_rgb)
    coloured = (blue * blue + red * red > COLOURED**2).astype(np.uint8)
    reach = max(3, round(0.02 * rows))
    joined = cv2.morphologyEx(coloured, cv2.MORPH_CLOSE, np.ones((reach, 3), np.uint8))
    joined = cv2.morphologyEx(joined, cv2.MORPH_OPEN, np.ones((9, 3), np.uint8))
    count, _, stats, _ = cv2.connectedComponentsWithStats(joined, connectivity=4)
    boxes: list[Box] = []
    for left, top, width, height, pixels in stats[1:count]:
        narrow = 4 <= width <= 0.08 * columns and height >= max(16, 1.3 * width) and height <= 0.7 * rows
        box = Box(int(top), int(left), int(top + height), int(left + width))
        if narrow and _is_gradient(frame_rgb[box.slices], pixels / (width * height)):
            boxes.append(box)
    bars = [
        ColourBar(box, _hues(frame_rgb[box.slices][coloured[box.slices] > 0]))
        for box in _joined_halves(boxes)
    ]
    return tuple(sorted(bars, key=lambda bar: -bar.box.rows))


def _widened(box: Box) -> tuple[slice, slice]:
    """A bar with the blur that compression leaves around it."""
    rows = slice(max(0, box.row0 - BAR_BLUR_PX), box.row1 + BAR_BLUR_PX)
    return rows, slice(max(0, box.column0 - BAR_BLUR_PX), box.column1 + BAR_BLUR_PX)


def _joined_halves(boxes: list[Box]) -> list[Box]:
    """Join the two halves of a velocity bar, which the black of its baseline keeps apart."""
    joined: list[Box] = []
    for box in sorted(boxes, key=lambda box: (box.row0, box.column0)):
        for place, above in enumerate(joined):
            aligned = abs(above.column0 - box.column0) <= 3 and abs(above.column1 - box.column1) <= 3
            if aligned and 0 <= box.row0 - above.row1 <= 0.6 * max(box.rows, above.rows):
                columns = min(above.column0, box.column0), max(above.column1, box.column1)
                joined[place] = Box(above.row0, columns[0], box.row1, columns[1])
                break
        else:
            joined.append(box)
    return joined


def _is_gradient(patch: np.ndarray, filled: float) -> bool:
    """Many colours that change smoothly down the bar and hardly or evenly across it.

    A bar whose edges fade fills less of its box; it must then show more colours.
    """
    profile = np.median(patch.astype(np.int16), axis=1)
    distinct = len(np.unique(profile // 16, axis=0))
    bends = np.abs(np.diff(patch.astype(np.int16), n=2, axis=1)).max(axis=2)
    roughness = float(np.median(bends)) if bends.size else 0.0
    if filled >= 0.85:
        return (distinct >= 5 and roughness <= 6) or (distinct >= 12 and roughness <= 16)
    return filled >= 0.6 and distinct >= 12 and roughness <= 6


def _luma_chroma(frame_rgb: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Y, Cb - 128 and Cr - 128 of JFIF (ITU-T T.871), float32."""
    converted = cv2.cvtColor(np.ascontiguousarray(frame_rgb), cv2.COLOR_RGB2YCrCb).astype(np.float32)
    return converted[..., 0], converted[..., 2] - 128.0, converted[..., 1] - 128.0


def _without_tint(
    luma: np.ndarray, blue: np.ndarray, red: np.ndarray, mask: np.ndarray
) -> tuple[np.ndarray, np.ndarray, bool]:
    """Take off the hue of a tinted grey map: one direction of chroma at most brightnesses of the picture.

    A map's chroma grows with its brightness; a brightness at which the usual chroma departs far from that is
    held by flow, and the map's own growth is taken there.
    """
    bright = (np.arange(TINT_BINS) + 0.5) * (256 / TINT_BINS)
    places = np.flatnonzero(mask)
    places = places[:: max(1, places.size // TINT_SAMPLE)]
    inside, inside_blue, inside_red = _bins(luma.ravel()[places]), blue.ravel()[places], red.ravel()[places]
    counts = np.bincount(inside, minlength=TINT_BINS)
    usual = np.zeros((TINT_BINS, 2), np.float32)
    for index in np.flatnonzero(counts):
        chosen = inside == index
        usual[index] = np.median(inside_blue[chosen]), np.median(inside_red[chosen])
    populated = np.flatnonzero((counts > 0.01 * inside.size) & (bright >= TINT_DARKEST))
    if populated.size < 3 or counts.max() > TINT_ONE_BRIGHTNESS * counts[populated].sum():
        # Too few brightnesses to tell a map from an overlay of one colour.
        return blue, red, False
    length = np.hypot(*usual[populated].T)
    pull = np.hypot(*np.sum(usual[populated], axis=0)) / max(float(np.sum(length)), 1e-6)
    if np.mean(length > np.maximum(TINT_LEAST, TINT_GROWTH * bright[populated])) < 0.7 or pull < 0.9:
        return blue, red, False
    growth = np.median(usual[populated] / bright[populated, None], axis=0)
    expected = bright[:, None] * growth
    departs = np.hypot(*(usual - expected).T) > COLOURED
    usual[departs] = expected[departs]
    tint = usual[_bins(luma)]
    return blue - tint[..., 0], red - tint[..., 1], True


def _bins(luma: np.ndarray) -> np.ndarray:
    return (luma / (256 / TINT_BINS)).astype(np.intp)


def _is_palette_fill(pixels: np.ndarray, area_px: int) -> bool:
    """Whether one exact colour paints the picture, other than the end of a Doppler map.

    A Doppler map saturates at a pure colour, one channel full and one empty; an inverted palette paints the
    empty field with a half-saturated one. `pixels` are the coloured ones, (n, 3) uint8 RGB.
    """
    if len(pixels) < FILL_LEAST * area_px:
        return False
    colours, counts = np.unique(pixels, axis=0, return_counts=True)
    most = int(np.argmax(counts))
    saturated = colours[most].max() > 230 and colours[most].min() < 25
    return bool(counts[most] >= FILL_SHARE * len(pixels) and not saturated)


def _filled_box(flow: np.ndarray) -> float:
    rows, columns = np.flatnonzero(flow.any(axis=1)), np.flatnonzero(flow.any(axis=0))
    if rows.size == 0:
        return 0.0
    return float(flow.sum() / ((rows[-1] - rows[0] + 1) * (columns[-1] - columns[0] + 1)))


def _hues(pixels: np.ndarray) -> Hues:
    """Shares of hue classes among (n, 3) uint8 RGB pixels."""
    if len(pixels) == 0:
        return Hues(0.0, 0.0, 0.0)
    degrees = _degrees(pixels)
    warm = np.mean((degrees >= WARM[0]) | (degrees < WARM[1]))
    green = np.mean((degrees >= GREEN[0]) & (degrees < GREEN[1]))
    cold = np.mean((degrees >= COLD[0]) & (degrees < COLD[1]))
    return Hues(float(warm), float(green), float(cold))


def _degrees(pixels: np.ndarray) -> np.ndarray:
    """Hue in degrees of (n, 3) uint8 RGB pixels."""
    return 2.0 * cv2.cvtColor(pixels[None], cv2.COLOR_RGB2HSV)[0, :, 0].astype(float)
