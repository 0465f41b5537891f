"""Decoded samples to what the rooms work on: 8-bit luminance, or 8-bit RGB."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np
import pydicom

from ius_vision.dicom.decode.samples import Samples
from ius_vision.dicom.header import numbers
from ius_vision.dicom.layout import PixelLayout
from ius_vision.dicom.palette import Palette, read_palette

HALF = 1 << 15


@dataclass(frozen=True, slots=True)
class Window:
    """A linear window, and the rescale that comes before it (PS3.3 C.11.1, C.11.2)."""

    centre: float
    width: float
    slope: float = 1.0
    intercept: float = 0.0

    def apply(self, stored: np.ndarray) -> np.ndarray:
        """Map stored values to 0..255 uint8 by the linear function of PS3.3 C.11.2.1.2.1."""
        values = stored.astype(np.float32) * self.slope + self.intercept
        scaled = (values - (self.centre - 0.5)) / (self.width - 1) + 0.5
        return np.rint(np.clip(scaled, 0, 1) * 255).astype(np.uint8)


@dataclass(frozen=True, slots=True)
class ColourRule:
    """How stored samples become 8 bits: sign, window and palette of one file.

    `used_bits` is how many of more than 8 bits stored the pixels really use, where those are fewer.
    """

    layout: PixelLayout
    palette: Palette | None = None
    window: Window | None = None
    used_bits: int | None = None

    @property
    def words(self) -> str:
        """The rule in words, for the tables; empty where 8-bit values are taken as stored."""
        if self.palette is not None:
            return "palette"
        if self.window is not None:
            return f"window centre {self.window.centre:g} width {self.window.width:g} to 8 bits"
        stored = self.layout.bits_stored
        if self.used_bits is not None:
            return f"the upper 8 of the {self.used_bits} bits in use, {stored} stored"
        return f"the upper 8 of {stored} bits stored" if stored > 8 else ""

    @property
    def depends_on_pixels(self) -> bool:
        """Whether only the pixels can say how bright white is: many bits stored, and no window or palette."""
        return self.layout.bits_stored > 8 and self.palette is None and self.window is None

    def fitted(self, frames: Sequence[Samples]) -> ColourRule:
        """Give the rule for pixels that, by these frames, leave the upper stored bits empty.

        Notes
        -----
        Files that declare 16 bits and hold 8 are common; their upper 8 bits would be black. One empty bit is
        a dark picture; more are taken as unused.
        """
        values = [self._stored(frame.values) for frame in frames]
        if min(int(part.min()) for part in values) < 0:
            return self
        used = max(8, *(int(part.max()).bit_length() for part in values))
        spare = self.layout.bits_stored - self.layout.signed - used
        return replace(self, used_bits=used) if spare > 1 or self.layout.signed else self

    def to_grey(self, samples: Samples) -> np.ndarray:
        """Give (rows, columns) uint8 luminance (Y of ITU-R BT.601)."""
        values, kind = samples.values, samples.photometric
        if kind == "PALETTE COLOR":
            return np.take(luminance(self._rgb_table(values)[None])[0], _index(values))
        if kind in ("MONOCHROME1", "MONOCHROME2"):
            grey = self._to_8_bits(values)
            return 255 - grey if kind == "MONOCHROME1" else grey
        values = self._to_8_bits(values)
        if kind in ("YBR_FULL", "YBR_FULL_422"):
            return np.ascontiguousarray(values[..., 0])
        return luminance(values if kind == "RGB" else ybr_partial_to_rgb(values))

    def to_rgb(self, samples: Samples) -> np.ndarray:
        """Give (rows, columns, 3) uint8 RGB."""
        values, kind = samples.values, samples.photometric
        if kind == "PALETTE COLOR":
            return np.take(self._rgb_table(values), _index(values), axis=0)
        if kind in ("MONOCHROME1", "MONOCHROME2"):
            return np.repeat(self.to_grey(samples)[..., None], 3, axis=2)
        values = self._to_8_bits(values)
        if kind in ("YBR_FULL", "YBR_FULL_422"):
            return ybr_full_to_rgb(values)
        return np.ascontiguousarray(values) if kind == "RGB" else ybr_partial_to_rgb(values)

    def _rgb_table(self, values: np.ndarray) -> np.ndarray:
        bits = 8 * values.dtype.itemsize
        return self.palette.rgb_table(bits, self.layout.signed)

    def _to_8_bits(self, values: np.ndarray) -> np.ndarray:
        layout = self.layout
        # Bytes hold 8 bits, whatever more the header declares.
        if values.dtype == np.uint8 and layout.bits_stored >= 8:
            return values
        stored = self._stored(values)
        if self.window is not None:
            return self.window.apply(stored)
        if self.used_bits is not None:
            return np.clip(stored >> (self.used_bits - 8), 0, 255).astype(np.uint8)
        stored = stored + (1 << (layout.bits_stored - 1)) if layout.signed else stored
        # Fewer than 8 bits are spread over the whole range, more are cut to the upper 8.
        if layout.bits_stored < 8:
            return (stored * 255 // ((1 << layout.bits_stored) - 1)).astype(np.uint8)
        return (stored >> (layout.bits_stored - 8)).astype(np.uint8)

    def _stored(self, values: np.ndarray) -> np.ndarray:
        """Take the stored bits out of the allocated ones, with their sign, as int32."""
        layout = self.layout
        stored = values.astype(np.int32) >> (layout.high_bit + 1 - layout.bits_stored)
        stored &= (1 << layout.bits_stored) - 1
        half = 1 << (layout.bits_stored - 1)
        return (stored ^ half) - half if layout.signed else stored


def read_rule(dataset: pydicom.Dataset, layout: PixelLayout) -> ColourRule:
    """Read what turns this file's samples into 8 bits.

    Notes
    -----
    8-bit values are taken as stored. A window (0028,1050 / 1051) is followed only where more than 8 bits are
    stored and it has one centre and width: it then says which 8 bits are meant for the eye.

    Raises
    ------
    Unreadable
        PALETTE COLOR without usable tables.
    """
    if layout.photometric == "PALETTE COLOR":
        return ColourRule(layout, palette=read_palette(dataset, layout.big_endian))
    centre, width = numbers(dataset, "WindowCenter"), numbers(dataset, "WindowWidth")
    one_window = len(centre) == 1 and len(width) == 1 and width[0] > 1
    if one_window and layout.samples == 1 and layout.bits_stored > 8:
        slope = numbers(dataset, "RescaleSlope") or (1.0,)
        intercept = numbers(dataset, "RescaleIntercept") or (0.0,)
        return ColourRule(layout, window=Window(centre[0], width[0], slope[0], intercept[0]))
    return ColourRule(layout)


def luminance(rgb: np.ndarray) -> np.ndarray:
    """Give Y = 0.299 R + 0.587 G + 0.114 B (ITU-R BT.601) of (rows, columns, 3) uint8, rounded."""
    return cv2.cvtColor(np.ascontiguousarray(rgb), cv2.COLOR_RGB2GRAY)


def _chroma_tables() -> tuple[np.ndarray, ...]:
    chroma = np.arange(256, dtype=np.float64) - 128
    red = np.rint(1.402 * chroma).astype(np.int16)
    blue = np.rint(1.772 * chroma).astype(np.int16)
    green_cb = np.rint(-0.344136286 * chroma * 65536).astype(np.int32)
    green_cr = np.rint(-0.714136286 * chroma * 65536).astype(np.int32) + HALF
    return red, blue, green_cb, green_cr


RED, BLUE, GREEN_CB, GREEN_CR = _chroma_tables()


def ybr_full_to_rgb(ybr: np.ndarray) -> np.ndarray:
    """Convert full-range Y, Cb, Cr to RGB (PS3.3 C.7.6.3.1.2), (rows, columns, 3) uint8 both."""
    y, cb, cr = (ybr[..., channel] for channel in range(3))
    y = y.astype(np.int16)
    rgb = np.empty(ybr.shape, np.int16)
    rgb[..., 0] = y + RED[cr]
    rgb[..., 1] = y + ((GREEN_CB[cb] + GREEN_CR[cr]) >> 16)
    rgb[..., 2] = y + BLUE[cb]
    return np.clip(rgb, 0, 255).astype(np.uint8)


def ybr_partial_to_rgb(ybr: np.ndarray) -> np.ndarray:
    """Convert Y in 16..235 and Cb, Cr in 16..240 to RGB, (rows, columns, 3) uint8 both."""
    values = ybr.astype(np.float32)
    full = np.empty_like(values)
    full[..., 0] = (values[..., 0] - 16) * (255 / 219)
    full[..., 1:] = (values[..., 1:] - 128) * (255 / 224) + 128
    return ybr_full_to_rgb(np.clip(np.rint(full), 0, 255).astype(np.uint8))


def _index(values: np.ndarray) -> np.ndarray:
    """Stored values as places in a table, whatever their sign."""
    return values.view(f"u{values.dtype.itemsize}")
