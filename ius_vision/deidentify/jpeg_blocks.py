"""JPEG frames with everything but the pictures black: only blocks on a picture's rim are coded again."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np
from scipy.fft import dctn, idctn

from ius_vision.dicom.decode.jpeg_stream import BASELINE, read_stream
from ius_vision.dicom.decode.samples import corrupt

BLOCK_PX = 8
# Samples are coded with 128 taken off: the lowest luminance, and chroma without colour.
BLACK, GREY = -128, 0
LARGEST = 1023


def can_keep_blocks(data: bytes, photometric: str) -> bool:
    """Whether a frame is baseline JPEG of 8 bits, grey or YCbCr."""
    stream = read_stream(data)
    is_rgb = stream.is_rgb if stream.is_rgb is not None else photometric == "RGB"
    grey = len(stream.components) == 1 and photometric == "MONOCHROME2"
    colour = len(stream.components) == 3 and not is_rgb
    return stream.kind == BASELINE and stream.precision == 8 and (grey or colour)


def blacken(frames: Iterable[bytes], kept: np.ndarray) -> Iterator[bytes]:
    """Make everything black that is not kept; comments and application data are dropped.

    Parameters
    ----------
    frames : JPEG streams that `can_keep_blocks`, and that decode without a fault.
    kept : (rows, columns) bool.

    Yields
    ------
    Streams in which a block that is wholly kept has the coefficients that it had before, and one that is not
    at all is black. A block on the rim is decoded, made black where it is not kept, and coded again with the
    stream's own tables.

    Raises
    ------
    Unreadable
        `pixel_data_corrupt`: the coefficients cannot be read.
    """
    import jpeglib

    with tempfile.TemporaryDirectory() as folder:
        before, after = Path(folder, "before.jpg"), Path(folder, "after.jpg")
        for data in frames:
            before.write_bytes(data)
            try:
                stream = jpeglib.read_dct(str(before))
                _blacken(stream, kept)
                stream.markers = []
                stream.write_dct(str(after))
            except (OSError, RuntimeError, ValueError) as error:
                raise corrupt("The coefficients of a JPEG frame cannot be read") from error
            yield after.read_bytes()


def _blacken(stream, kept: np.ndarray) -> None:
    shares = np.asarray(stream.samp_factor).reshape(-1, 2)
    planes = [plane for plane in (stream.Y, stream.Cb, stream.Cr) if plane is not None]
    for number, (plane, share) in enumerate(zip(planes, shares, strict=True)):
        steps = np.asarray(stream.qt[stream.quant_tbl_no[number]], np.float64)
        tiles = _tiles(_sampled(kept, *(shares.max(axis=0) // share)), plane.shape[:2])
        nothing, all_of_it = ~tiles.any(axis=(2, 3)), tiles.all(axis=(2, 3))
        black = BLACK if number == 0 else GREY
        plane[nothing] = 0
        plane[nothing, 0, 0] = BLOCK_PX * black // steps[0, 0]  # rounded down: black is never lifted
        rim = ~nothing & ~all_of_it
        samples = idctn(plane[rim] * steps, axes=(1, 2), norm="ortho")
        samples[~tiles[rim]] = black
        coded = np.rint(dctn(samples, axes=(1, 2), norm="ortho") / steps)
        plane[rim] = np.clip(coded, -LARGEST, LARGEST).astype(plane.dtype)


def _sampled(kept: np.ndarray, down: int, across: int) -> np.ndarray:
    """The mask of samples that each stand for several pixels: kept where any of these is."""
    rows, columns = kept.shape
    padded = np.pad(kept, ((0, -rows % down), (0, -columns % across)))
    return padded.reshape(-(-rows // down), down, -(-columns // across), across).any(axis=(1, 3))


def _tiles(mask: np.ndarray, blocks: tuple[int, int]) -> np.ndarray:
    """A mask block by block, (down, across, 8, 8); beyond the picture blocks go on as at its edge."""
    down, across = blocks
    rows, columns = down * BLOCK_PX - mask.shape[0], across * BLOCK_PX - mask.shape[1]
    whole = np.pad(mask, ((0, rows), (0, columns)), mode="edge")
    return whole.reshape(down, BLOCK_PX, across, BLOCK_PX).swapaxes(1, 2)
