"""A picture or one frame of a DICOM clip, and a layer in it traced from a person's rough line or box."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ius_vision.errors import BadUsage
from ius_vision.findings.whole_file import whole_file
from ius_vision.geometry import Box, Spacing
from ius_vision.measurement.tracing import TracedLayer, trace_box, trace_layer
from ius_vision.outcomes import Abstained

PICTURES = {".png", ".jpg", ".jpeg", ".bmp", ".tif", ".tiff"}
COLOURS = ((0, 200, 255), (0, 255, 0))


@dataclass(frozen=True, slots=True)
class TraceOrder:
    """What to trace: `box`, or `line` as (row, column) points with a rough `thickness_px`.

    `frame` counts from 1. `spacing` overrules the file's own; None takes that, or leaves millimetres out.
    """

    file: Path
    box: Box | None
    line: tuple[tuple[float, float], ...] = ()
    thickness_px: float | None = None
    frame: int = 1
    spacing: Spacing | None = None
    picture: Path | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Traced:
    """The layer, or why there is none, and the scale used (None: unknown, so no millimetres)."""

    layer: TracedLayer | Abstained
    spacing: Spacing | None


def trace_file(order: TraceOrder) -> Traced:
    """Read, trace and, where asked for, draw.

    Raises
    ------
    BadUsage
        `nothing_readable`: no picture is there. `number_out_of_range`: no such frame, or nothing to follow.
    """
    grey, spacing = _read(order)
    if order.box is not None:
        layer = trace_box(grey, order.box)
    else:
        layer = trace_layer(grey, np.array(order.line, float), order.thickness_px / 2)
    if order.picture is not None and isinstance(layer, TracedLayer):
        _draw(grey, layer, order.picture)
    return Traced(layer, order.spacing or spacing)


def _read(order: TraceOrder) -> tuple[np.ndarray, Spacing | None]:
    if order.file.suffix.lower() in PICTURES:
        return _read_picture(order.file), None
    from ius_vision.dicom.load import load_exam
    from ius_vision.dicom.scan import scan

    clips = [clip for exam in scan([order.file]).exams for clip in load_exam(exam)[0]]
    if not clips:
        raise BadUsage("nothing_readable", "no ultrasound image could be read", str(order.file))
    clip = clips[0]
    if not 1 <= order.frame <= clip.frames:
        raise BadUsage(
            "number_out_of_range", f"--frame is {order.frame}, the clip has {clip.frames}", "--frame"
        )
    (_, grey) = next(iter(clip.grey_frames([order.frame - 1])))
    known = [area.calibration.spacing for area in clip.areas if not isinstance(area.calibration, Abstained)]
    return grey, known[0] if len(set(known)) == 1 else None


def _read_picture(path: Path) -> np.ndarray:
    import cv2

    try:
        grey = cv2.imdecode(np.fromfile(path, np.uint8), cv2.IMREAD_GRAYSCALE)
    except (OSError, cv2.error):
        grey = None
    if grey is None:
        raise BadUsage("nothing_readable", "no picture could be read", str(path))
    return grey


def _draw(grey: np.ndarray, layer: TracedLayer, path: Path) -> None:
    import cv2

    picture = cv2.cvtColor(grey, cv2.COLOR_GRAY2BGR)
    for border, colour in zip((layer.upper, layer.lower), COLOURS, strict=True):
        # OpenCV takes parts of a pixel as 1/16.
        points = np.round(border[:, ::-1] * 16).astype(np.int32)
        cv2.polylines(picture, [points], False, colour, 1, cv2.LINE_AA, 4)
    with whole_file(path) as stream:
        stream.write(cv2.imencode(".png", picture)[1].tobytes())
