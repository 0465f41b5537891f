"""What a JPEG codestream says about itself, read from its markers without decoding."""

from __future__ import annotations

from dataclasses import dataclass

from ius_vision.dicom.decode.samples import corrupt

START, JFIF, ADOBE, SCAN = 0xD8, 0xE0, 0xEE, 0xDA
LOSSLESS, JPEG_LS = 0xC3, 0xF7
BASELINE = 0xC0
SEQUENTIAL_8_BIT = (BASELINE, 0xC1, 0xC2)
NO_LENGTH = {0x01, *range(0xD0, 0xD9)}
NOT_FRAMES = {0xC4, 0xC8, 0xCC}
END_OF_IMAGE = b"\xff\xd9"
RGB_IDS = (b"RGB", b"rgb")
# "Adobe", version 100, no flags, transform 0: the three components are stored as they are.
ADOBE_RGB = b"\xff\xee\x00\x0eAdobe\x00\x64\x00\x00\x00\x00\x00"


@dataclass(frozen=True, slots=True)
class JpegStream:
    """Start-of-frame code, size, and the colour markers; `adobe` is the transform number or None."""

    kind: int
    precision: int
    rows: int
    columns: int
    components: bytes
    jfif: bool
    adobe: int | None

    @property
    def is_rgb(self) -> bool | None:
        """What the stream says about its colours; None where no marker says anything."""
        if self.jfif:
            return False
        if self.adobe is not None:
            return self.adobe == 0
        return True if self.components in RGB_IDS else None


def read_stream(data: bytes) -> JpegStream:
    """Read the markers up to the first scan (ITU-T T.81 Annex B).

    Raises
    ------
    Unreadable
        This is no JPEG or JPEG-LS stream, or it breaks off before its frame header.
    """
    if data[:2] != b"\xff\xd8":
        raise corrupt("A frame does not begin as a JPEG stream")
    at, jfif, adobe = 2, False, None
    while at + 4 <= len(data):
        if data[at] != 0xFF:
            raise corrupt(f"A JPEG stream has no marker at byte {at}")
        code = data[at + 1]
        if code == 0xFF:  # fill byte
            at += 1
            continue
        if code in NO_LENGTH:
            at += 2
            continue
        length = int.from_bytes(data[at + 2 : at + 4], "big")
        body = data[at + 4 : at + 2 + length]
        if code == JFIF and body[:4] == b"JFIF":
            jfif = True
        elif code == ADOBE and body[:5] == b"Adobe" and len(body) >= 12:
            adobe = body[11]
        elif code == JPEG_LS or (0xC0 <= code <= 0xCF and code not in NOT_FRAMES):
            return _frame(code, body, jfif, adobe)
        at += 2 + length
    raise corrupt("A JPEG stream breaks off before its frame header")


def _frame(code: int, body: bytes, jfif: bool, adobe: int | None) -> JpegStream:
    if len(body) < 6 or len(body) < 6 + 3 * body[5]:
        raise corrupt("A JPEG frame header is too short")
    rows, columns = int.from_bytes(body[1:3], "big"), int.from_bytes(body[3:5], "big")
    return JpegStream(code, body[0], rows, columns, bytes(body[6 : 6 + 3 * body[5] : 3]), jfif, adobe)


def check_complete(data: bytes) -> None:
    """Refuse a stream that breaks off, for decoders that would fill the rest of the picture in silence."""
    if not data.rstrip(b"\0\xff").endswith(END_OF_IMAGE):  # whatever byte it was padded with
        raise corrupt("The codestream breaks off before its end mark")


def mark_as_rgb(data: bytes) -> bytes:
    """Give the stream with a marker that keeps the decoder from converting its colours."""
    return data[:2] + ADOBE_RGB + data[2:]
