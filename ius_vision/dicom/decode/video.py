"""MPEG-2, H.264 and HEVC clips through PyAV, an extra: one stream holds all frames."""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO

from ius_vision.dicom.decode.samples import Samples, check_size, corrupt
from ius_vision.dicom.layout import PixelLayout


def decode_stream(stream: BinaryIO, layout: PixelLayout) -> Iterator[Samples]:
    """Decode a video stream frame by frame, in the order they are shown, as RGB.

    Raises
    ------
    Unreadable
        The stream is damaged or contradicts the header's size.
    """
    import av

    try:
        with av.open(stream, mode="r") as container:
            for frame in container.decode(video=0):
                check_size(frame.height, frame.width, layout.samples, layout)
                yield Samples(frame.to_ndarray(format="rgb24"), "RGB")
    except (av.FFmpegError, IndexError) as error:
        raise corrupt(f"The video stream cannot be decoded ({error})") from error
