"""An ONNX file's last step taken off, without the package that writes such files.

ONNX Runtime spends a fifth of its time on the softmax over four channels at the end; arrays do it in a tenth
of that. The file is a message of numbered fields (protocol buffers): the one that holds the softmax is left
out, and the output is named as its input was.
"""

from __future__ import annotations

from collections.abc import Iterator

# Numbers of the fields, from onnx.proto (onnx.ai).
GRAPH, NODE, OUTPUT = 7, 1, 12
INPUTS, OUTPUTS, OPERATOR, ATTRIBUTE = 1, 2, 4, 5
NAME, WHOLE_NUMBER = 1, 3
CHANNELS = 1
VARINT, EIGHT_BYTES, BYTES, FOUR_BYTES = 0, 1, 2, 5


def without_softmax(model: bytes) -> bytes | None:
    """The model with what its final softmax over the channels takes as its output.

    Returns
    -------
    None where the model has another end, several outputs, or is not of this form.
    """
    try:
        return _without_softmax(model)
    except (ValueError, IndexError):
        return None


def _without_softmax(model: bytes) -> bytes | None:
    (graph,) = _all(model, GRAPH)
    (output,) = _all(graph, OUTPUT)
    (name,) = _all(output, NAME)
    for number, node, start, stop in _fields(graph):
        if number == NODE and name in _all(node, OUTPUTS):
            if _all(node, OPERATOR) != [b"Softmax"] or _axis(node) != CHANNELS:
                return None
            (logits,) = _all(node, INPUTS)
            shorter = graph[:start] + graph[stop:]
            return _replaced(model, GRAPH, _replaced(shorter, OUTPUT, _replaced(output, NAME, logits)))
    return None


def _axis(node: bytes) -> int | None:
    for attribute in _all(node, ATTRIBUTE):
        if _all(attribute, NAME) == [b"axis"]:
            return _all(attribute, WHOLE_NUMBER)[0]
    return None


def _all(message: bytes, number: int) -> list[bytes | int]:
    return [value for found, value, _, _ in _fields(message) if found == number]


def _replaced(message: bytes, number: int, value: bytes) -> bytes:
    """The message with another value in its one field of a number."""
    ((start, stop),) = [span for found, _, *span in _fields(message) if found == number]
    head = _varint(number << 3 | BYTES) + _varint(len(value))
    return message[:start] + head + value + message[stop:]


def _fields(message: bytes) -> Iterator[tuple[int, bytes | int, int, int]]:
    """Number, value, start and stop of every field, in the order of the message."""
    at = 0
    while at < len(message):
        start = at
        key, at = _read_varint(message, at)
        kind = key & 7
        if kind == VARINT:
            value, at = _read_varint(message, at)
        elif kind in (EIGHT_BYTES, FOUR_BYTES):
            at += 8 if kind == EIGHT_BYTES else 4
            value = message[at - 4 : at]
        elif kind == BYTES:
            size, at = _read_varint(message, at)
            at += size
            value = message[at - size : at]
        else:
            raise ValueError(f"no such kind of field: {kind}")
        yield key >> 3, value, start, at


def _read_varint(message: bytes, at: int) -> tuple[int, int]:
    total = shift = 0
    while True:
        byte = message[at]
        total |= (byte & 0x7F) << shift
        at, shift = at + 1, shift + 7
        if byte < 0x80:
            return total, at


def _varint(value: int) -> bytes:
    written = bytearray()
    while value >= 0x80:
        written.append(value & 0x7F | 0x80)
        value >>= 7
    written.append(value)
    return bytes(written)
