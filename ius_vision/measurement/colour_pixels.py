"""Which pixels of a frame are coloured, judged against the frame's own grey map."""

from __future__ import annotations

import cv2
import numpy as np

# Chroma is the larger distance of Cb and Cr from the grey map; it is about half of max(R, G, B) - min(R, G,
# B). The published range of limits for the latter, 15 to 40 of 255, brackets what is calibrated
# (reference/scores.md).
LEAST_CHROMA, MOST_CHROMA = 8.0, 20.0
NOISE_DEVIATIONS = 4.0
CHROMA_MARGIN = 4.0
BANDS = 16
THINNING = 3
LEAST_SAMPLES = 60
NEUTRAL = 128.0
# Bands further off the curve than this are dropped one by one; the curve is kept from bending without need.
OFF_CURVE, FIT_ROUNDS, STIFFNESS = 6.0, 8, 0.1
# How far, as a share, a tint may leave the straight line from black.
BEND = 0.5
# A map this close to grey is grey.
PLAIN_TINT = 3.0
# Later frames move the grey map only slowly.
NEW_SHARE = 0.2
# Straight lines this many pixels long and this thin are graphics: box outlines, rulers, markers.
LINE_PX, LINE_WIDTH_PX = 101, 4
# The same for lines that are not of a colour of flow.
SHORT_LINE_PX, BLURRED_LINE_WIDTH_PX, GREEN_SLACK = 31, 6, 10
FILL_SIZES_PX = (7, 21, 63, 189)
EDGE_PX = 2


class ColourGauge:
    """Learns a clip's grey map (which may be tinted) and its chroma noise, and finds pixels that leave it.

    Notes
    -----
    In every band of luma the commonest Cb and Cr are those of the grey map: flow has many hues, a grey map
    one.
    """

    def __init__(self) -> None:
        self._map: np.ndarray | None = None
        self._limit = LEAST_CHROMA

    @property
    def limit(self) -> float:
        """Chroma above which a pixel is coloured."""
        return self._limit

    def coloured(self, rgb: np.ndarray, area: np.ndarray) -> np.ndarray:
        """Coloured pixels of a frame, (rows, columns) uint8 0 or 1; the frame also updates the gauge.

        Parameters
        ----------
        rgb : (rows, columns, 3) uint8.
        area : (rows, columns) uint8, above 0 inside the picture.
        """
        luma, red, blue = cv2.split(cv2.cvtColor(rgb, cv2.COLOR_RGB2YCrCb))
        self._learn_map(luma, red, blue, area)
        chroma = cv2.max(
            cv2.absdiff(red, cv2.LUT(luma, self._map[0])), cv2.absdiff(blue, cv2.LUT(luma, self._map[1]))
        )
        self._learn_noise(chroma, area)
        _, mask = cv2.threshold(chroma, self._limit, 1, cv2.THRESH_BINARY)
        return cv2.bitwise_and(mask, cv2.min(area, 1))

    def _learn_map(self, luma: np.ndarray, red: np.ndarray, blue: np.ndarray, area: np.ndarray) -> None:
        thin = slice(None, None, THINNING), slice(None, None, THINNING)
        inside = area[thin] > 0
        band = (luma[thin][inside] // (256 // BANDS)).astype(np.int64)
        maps = np.stack([_commonest(band, plane[thin][inside]) for plane in (red, blue)])
        if self._map is not None:
            maps = NEW_SHARE * maps + (1 - NEW_SHARE) * self._map
        self._map = np.clip(np.rint(maps), 0, 255).astype(np.uint8)

    def _learn_noise(self, chroma: np.ndarray, area: np.ndarray) -> None:
        inside = chroma[::THINNING, ::THINNING][area[::THINNING, ::THINNING] > 0]
        if not inside.size:
            return
        # Median of the larger of two absolute deviations, for normal noise.
        noise = float(np.median(inside)) / 1.06
        limit = min(max(LEAST_CHROMA, CHROMA_MARGIN + NOISE_DEVIATIONS * noise), MOST_CHROMA)
        self._limit = (
            limit if self._limit == LEAST_CHROMA else NEW_SHARE * limit + (1 - NEW_SHARE) * self._limit
        )


def _commonest(band: np.ndarray, values: np.ndarray) -> np.ndarray:
    """The commonest value in every luma band, as a smooth curve over 256 luma levels.

    A curve through black, because a tint grows with luma; a band in which one vessel outweighs the grey
    pixels lies off it and is left out.
    """
    table = np.bincount(band * 256 + values, minlength=BANDS * 256).reshape(BANDS, 256)
    calm = table[:, :-2] + table[:, 1:-1] + table[:, 2:]
    # Bands count alike: a large vessel of one colour would outvote the grey ones by its pixels.
    weight = (table.sum(axis=1) >= LEAST_SAMPLES).astype(float)
    light = (np.arange(BANDS) + 0.5) / BANDS
    tint = calm.argmax(axis=1) + 1.0 - NEUTRAL
    weight[_far_from_most(tint, light, np.sqrt(table.sum(axis=1)) * weight)] = 0.0
    terms = np.stack([light, light**2, light**3], axis=1)
    for _ in range(FIT_ROUNDS):
        if np.count_nonzero(weight) < 2:
            return np.full(256, NEUTRAL)
        factors = np.linalg.lstsq(
            np.vstack([terms * weight[:, None], STIFFNESS * np.diag([0.0, 1.0, 1.0])]),
            np.concatenate([tint * weight, np.zeros(3)]),
            rcond=None,
        )[0]
        off = np.abs(terms @ factors - tint)
        worst = int(np.argmax(off * (weight > 0)))
        if off[worst] <= OFF_CURVE:
            break
        weight[worst] = 0.0
    if float(np.average(np.abs(tint), weights=weight)) <= PLAIN_TINT:
        return np.full(256, NEUTRAL)
    # Beyond the brightest band that is known the curve would only be a guess.
    levels = np.minimum(np.arange(256) / 255, light[weight > 0].max())
    return NEUTRAL + factors[0] * levels + factors[1] * levels**2 + factors[2] * levels**3


def _far_from_most(tint: np.ndarray, light: np.ndarray, weight: np.ndarray) -> np.ndarray:
    """Bands, bool, far off the straight line from black on which most weight lies.

    The brightest bands hold few grey pixels: flow and a box outline can be the commonest there, in several
    bands at once.
    """
    order = np.argsort(tint / light)
    half = np.searchsorted(np.cumsum(weight[order]), weight.sum() / 2)
    line = (tint / light)[order[min(half, BANDS - 1)]] * light
    return np.abs(tint - line) > OFF_CURVE + BEND * np.abs(line)


def straight_lines(mask: np.ndarray, length_px: int = LINE_PX, width_px: int = LINE_WIDTH_PX) -> np.ndarray:
    """Thin horizontal and vertical lines in a mask, uint8: graphics, since no vessel is that straight and
    thin.
    """
    thick = cv2.morphologyEx(mask, cv2.MORPH_OPEN, np.ones((width_px + 1, width_px + 1), np.uint8))
    found = np.zeros_like(mask)
    for shape in ((1, length_px), (length_px, 1)):
        line = cv2.morphologyEx(mask, cv2.MORPH_OPEN, np.ones(shape, np.uint8))
        found |= line
    grown = cv2.dilate(found, np.ones((3, 3), np.uint8))
    return cv2.bitwise_and(grown, cv2.bitwise_and(mask, 1 - cv2.dilate(thick, np.ones((3, 3), np.uint8))))


def green_lines(rgb: np.ndarray, coloured: np.ndarray) -> np.ndarray:
    """Thin straight lines, uint8, in which green is not below red and blue: a box outline, which may be short
    and, where chroma is subsampled, wider than drawn. Flow is red or blue.
    """
    red, green, blue = cv2.split(rgb)
    least = cv2.subtract(cv2.max(red, blue), np.full_like(green, GREEN_SLACK))
    greenish = cv2.bitwise_and(cv2.compare(green, least, cv2.CMP_GE), coloured)
    lines = straight_lines(greenish, SHORT_LINE_PX, BLURRED_LINE_WIDTH_PX)
    rim = cv2.dilate(lines, np.ones((2 * EDGE_PX + 1, 2 * EDGE_PX + 1), np.uint8))
    return cv2.bitwise_and(rim, coloured)


def remove_colour(rgb: np.ndarray, area_mask: np.ndarray | None = None) -> np.ndarray:
    """Luminance of a frame with coloured pixels filled from the grey ones around them.

    Parameters
    ----------
    rgb : (rows, columns, 3) uint8.
    area_mask : (rows, columns) bool, the picture; None: all of the frame.

    Returns
    -------
    (rows, columns) uint8. A frame without colour comes back as its plain luminance.
    """
    grey = cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY)
    area = np.ones(grey.shape, np.uint8) if area_mask is None else area_mask.astype(np.uint8)
    coloured = ColourGauge().coloured(rgb, area)
    if not coloured.any():
        return grey
    # Chroma is blurred by its subsampling, and so are the rims of coloured pixels.
    coloured = cv2.dilate(coloured, np.ones((2 * EDGE_PX + 1, 2 * EDGE_PX + 1), np.uint8))
    column, row, columns, rows = cv2.boundingRect(coloured)
    margin = FILL_SIZES_PX[-1] // 2
    box = (
        slice(max(0, row - margin), row + rows + margin),
        slice(max(0, column - margin), column + columns + margin),
    )
    grey[box] = _filled(grey[box], coloured[box] > 0, (area[box] > 0) & (coloured[box] == 0))
    return grey


def _filled(grey: np.ndarray, holes: np.ndarray, source: np.ndarray) -> np.ndarray:
    """Fill holes by the mean of the source pixels in the smallest window that holds enough of them."""
    weight = source.astype(np.float32)
    light = grey * weight
    filled = grey.astype(np.float32)
    empty = holes.copy()
    for size in FILL_SIZES_PX:
        share = cv2.blur(weight, (size, size))
        enough = empty & (share > 0.15)
        filled[enough] = (cv2.blur(light, (size, size))[enough]) / share[enough]
        empty &= ~enough
        if not empty.any():
            break
    return np.rint(np.clip(filled, 0, 255)).astype(np.uint8)
