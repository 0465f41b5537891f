"""Frames one at a time from disk: never more than one of them in memory."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import BinaryIO

import numpy as np

from ius_vision.dicom import uids
from ius_vision.dicom.clip import Decoder
from ius_vision.dicom.colour import ColourRule, read_rule
from ius_vision.dicom.decode import jpeg, registry, video
from ius_vision.dicom.decode.samples import Samples, corrupt
from ius_vision.dicom.frame_index import FrameIndex, Piece, index_frames
from ius_vision.dicom.header import Header, open_data
from ius_vision.dicom.layout import ONE_SAMPLE, PixelLayout, read_layout
from ius_vision.errors import Unreadable


@dataclass(frozen=True)
class FrameReader:
    """A file's frames; calling it as `Clip.open_frames` streams them.

    Can be sent to another process: it holds places in the file, never pixels.
    """

    path: Path
    layout: PixelLayout
    index: FrameIndex
    rule: ColourRule
    decoder: Decoder
    data_start: int = 0
    warnings: tuple[str, ...] = ()
    luminance_steps: tuple[int, ...] = ()

    @property
    def frames(self) -> int:
        return self.index.frames

    def __call__(
        self, indices: Sequence[int] | None = None, colour: bool = False
    ) -> Iterator[tuple[int, np.ndarray]]:
        """Yield (index, frame) in rising order, every frame or those asked for.

        Parameters
        ----------
        indices : frame numbers from 0.
        colour : give (rows, columns, 3) uint8 RGB, else (rows, columns) uint8 luminance.

        Raises
        ------
        Unreadable
            A frame cannot be decoded, or the file has changed since it was opened.
        IndexError
            There is no such frame.
        """
        wanted = sorted(set(range(self.frames) if indices is None else indices))
        if wanted and not (wanted[0] >= 0 and wanted[-1] < self.frames):
            raise IndexError(f"frames 0 to {self.frames - 1} exist, not {wanted[0]} to {wanted[-1]}")
        convert = self.rule.to_rgb if colour else self.rule.to_grey
        return ((index, convert(samples)) for index, samples in self.samples(wanted, not colour))

    def samples(self, wanted: Sequence[int], grey_will_do: bool) -> Iterator[tuple[int, Samples]]:
        """Yield (index, decoded samples) of existing frames in rising order.

        Raises
        ------
        Unreadable
            A frame cannot be decoded, or the file has changed since it was opened.
        """
        index = -1
        try:
            if self.path.stat().st_size != self.index.file_bytes:
                raise Unreadable("unreadable_file", "The file has changed since it was opened")
            with open_data(self.path, self.layout.transfer_syntax, self.data_start) as file:
                if self.layout.transfer_syntax in uids.VIDEO:
                    yield from self._video(file, wanted)
                    return
                codec = None
                for index in wanted:
                    data = _read(file, self.index.pieces[index])
                    codec = codec or registry.find_codec(self.layout, data)
                    decode = codec.decode_grey if grey_will_do and codec.decode_grey else codec.decode
                    yield index, self._checked(decode(data, self.layout))
        except OSError as error:
            what = f"The file cannot be read ({error.strerror or error})"
            raise Unreadable("unreadable_file", what, self.path.name) from error
        except Unreadable as error:
            what = error.what if index < 0 else f"Frame {index + 1}: {error.what}"
            raise Unreadable(error.reason, what, self.path.name, error.next_step) from error

    def stored(self) -> Iterator[bytes]:
        """Yield every frame as it is stored, in order; of a video there are none.

        Raises
        ------
        Unreadable
            The file breaks off.
        """
        if self.layout.transfer_syntax not in uids.VIDEO:
            with open_data(self.path, self.layout.transfer_syntax, self.data_start) as file:
                for pieces in self.index.pieces:
                    yield _read(file, pieces)

    def _checked(self, samples: Samples) -> Samples:
        shape = (self.layout.rows, self.layout.columns)
        if samples.values.shape not in (shape, (*shape, 3)):
            raise corrupt(f"The decoder gave {samples.values.shape} where the header says {shape}")
        if (samples.values.ndim == 3) != (samples.photometric not in ONE_SAMPLE):
            raise corrupt(f"The decoder gave {samples.values.ndim - 1} samples for {samples.photometric}")
        return samples

    def _video(self, file: BinaryIO, wanted: Sequence[int]) -> Iterator[tuple[int, Samples]]:
        left = set(wanted)
        shown = enumerate(video.decode_stream(PiecesFile(file, self.index.pieces[0]), self.layout))
        for index, samples in shown:
            if index in left:
                left.remove(index)
                yield index, samples
            if not left:
                return
        what = f"The video stream ends before frame {min(left) + 1} of {self.frames}"
        raise Unreadable("pixel_data_corrupt", what)


def open_reader(path: Path, header: Header) -> FrameReader:
    """Check the pixel data's layout and places, and decode the first frame's kind.

    Raises
    ------
    Unreadable
        With the reason why the file's frames cannot be read.
    """
    layout = read_layout(header)
    if layout.transfer_syntax in uids.VIDEO:
        decoder = registry.video_decoder(layout.transfer_syntax)
    else:
        registry.check_supported(layout.transfer_syntax)
    index = index_frames(path, header, layout)
    warnings, steps = index.warnings, ()
    if layout.transfer_syntax not in uids.VIDEO:
        with open_data(path, layout.transfer_syntax, header.data_start) as file:
            first = _read(file, index.pieces[0])
        decoder = registry.find_codec(layout, first).decoder
        if layout.transfer_syntax in uids.JPEG:
            warnings += jpeg.colour_conflict(first, layout.photometric)
            steps = jpeg.luminance_steps(first)
    rule = read_rule(header.dataset, layout)
    reader = FrameReader(path, layout, index, rule, decoder, header.data_start, warnings, steps)
    if rule.depends_on_pixels and layout.transfer_syntax not in uids.VIDEO:
        looked_at = sorted({0, index.frames // 2, index.frames - 1})
        return replace(reader, rule=rule.fitted([s for _, s in reader.samples(looked_at, False)]))
    return reader


def _read(file: BinaryIO, pieces: Sequence[Piece]) -> bytes:
    parts = []
    for position, length in pieces:
        file.seek(position)
        parts.append(file.read(length))
    if any(len(part) != length for part, (_, length) in zip(parts, pieces, strict=True)):
        raise Unreadable("unreadable_file", "The file breaks off inside its pixel data")
    return parts[0] if len(parts) == 1 else b"".join(parts)


class PiecesFile(io.RawIOBase):
    """The fragments of a video stream, read as one file."""

    def __init__(self, file: BinaryIO, pieces: Sequence[Piece]) -> None:
        self._file = file
        self._pieces = pieces
        self._starts = np.cumsum([0, *(length for _, length in pieces)])
        self._position = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._position, io.SEEK_END: int(self._starts[-1])}[whence]
        self._position = max(0, base + offset)
        return self._position

    def tell(self) -> int:
        return self._position

    def readinto(self, buffer) -> int:
        piece = int(np.searchsorted(self._starts, self._position, side="right")) - 1
        if piece >= len(self._pieces):
            return 0
        inside = self._position - int(self._starts[piece])
        start, length = self._pieces[piece]
        self._file.seek(start + inside)
        data = self._file.read(min(len(buffer), length - inside))
        buffer[: len(data)] = data
        self._position += len(data)
        return len(data)
