"""A deflated dataset read as if it were a plain file, without holding it in memory."""

from __future__ import annotations

import io
import zlib
from typing import BinaryIO

CHUNK_BYTES = 64 * 1024


class InflatedFile(io.RawIOBase):
    """Read a raw deflate stream forwards; going back starts again from its beginning.

    Parameters
    ----------
    source : the file, owned and closed by this object.
    start : byte at which the deflate stream begins (PS3.5 Annex A.5).
    most : inflated bytes beyond which an OSError is raised; None for no limit.

    Notes
    -----
    Memory is one chunk, whatever the stream inflates to.
    """

    def __init__(self, source: BinaryIO, start: int, most: int | None = None) -> None:
        self._source = source
        self._start = start
        self._most = most
        self._restart()

    def _restart(self) -> None:
        self._source.seek(self._start)
        self._inflate = zlib.decompressobj(-zlib.MAX_WBITS)
        self._position = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._position

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        if whence == io.SEEK_END:
            raise io.UnsupportedOperation("the inflated length is not known in advance")
        target = offset if whence == io.SEEK_SET else self._position + offset
        if target < self._position:
            self._restart()
        while self._position < target and self._next(min(CHUNK_BYTES, target - self._position)):
            pass
        return self._position

    def readinto(self, buffer) -> int:
        data = self._next(len(buffer))
        buffer[: len(data)] = data
        return len(data)

    def _next(self, limit: int) -> bytes:
        """Give up to `limit` inflated bytes; empty at the end of the stream."""
        data = b""
        while limit and not data and not self._inflate.eof:
            packed = self._inflate.unconsumed_tail or self._source.read(CHUNK_BYTES)
            try:
                data = self._inflate.decompress(packed, limit)
            except zlib.error as error:
                raise OSError(f"the deflated data are damaged: {error}") from error
            if not packed and not data:
                break
        self._position += len(data)
        if self._most is not None and self._position > self._most:
            raise OSError(f"the data inflate to more than {self._most // 1_000_000} MB before any picture")
        return data

    def close(self) -> None:
        if not self.closed:
            self._source.close()
        super().close()
