"""A key frame as it is shown: the crop at its true shape, with lines, calipers and a scale bar over it."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from ius_vision.geometry import Box, Spacing
from ius_vision.report.evidence import Line
from ius_vision.report.svg import group, path, picture, tag

WIDTH = 560.0
CASING = {
    "fill": "none",
    "stroke": "#000",
    "stroke_opacity": 0.55,
    "stroke_width": 4.2,
    "stroke_linecap": "round",
}
STYLES: dict[str, dict[str, object]] = {
    "inner": {"stroke": "#7fd4ff", "stroke_width": 1.9},
    "outer": {"stroke": "#ffd166", "stroke_width": 1.9, "stroke_dasharray": "7 4"},
    "ray": {"stroke": "#ffffff", "stroke_width": 0.8, "stroke_opacity": 0.6},
    "caliper": {"stroke": "#ffffff", "stroke_width": 2.4},
    "wall": {"stroke": "#ffffff", "stroke_width": 1.5, "stroke_dasharray": "3 4"},
    "vessel": {"stroke": "#c8ff5a", "stroke_width": 1.8},
    "envelope": {"stroke": "#ffd166", "stroke_width": 1.5},
}
CLOSED = ("wall", "vessel")
SCALE_BAR_MM = 10.0
SHORTEST_BAR = 40.0


@dataclass(frozen=True, slots=True)
class Shot:
    """A crop of a frame: JPEG bytes of `box`, the pixel size where it is known, and what is drawn on it."""

    jpeg: bytes
    box: Box
    spacing: Spacing | None
    lines: Sequence[Line] = ()
    caliper_mm: float | None = None


def key_frame(shot: Shot, title: str, description: str) -> Markup:
    """Draw a shot as SVG, `WIDTH` units wide, in millimetre-true shape where the pixel size is known."""
    aspect = 1.0 if shot.spacing is None else shot.spacing.row_mm / shot.spacing.column_mm
    scale_x = WIDTH / shot.box.columns
    scale_y = scale_x * aspect
    height = shot.box.rows * scale_y

    def place(point: tuple[float, float]) -> tuple[float, float]:
        return (point[1] + 0.5 - shot.box.column0) * scale_x, (point[0] + 0.5 - shot.box.row0) * scale_y

    source = "data:image/jpeg;base64," + base64.b64encode(shot.jpeg).decode("ascii")
    parts = [tag("image", href=source, width=WIDTH, height=height, preserveAspectRatio="none")]
    for line in shot.lines:
        parts += _line(line, [place(point) for point in line.points])
    calipers = [line for line in shot.lines if line.kind == "caliper"]
    if calipers and shot.caliper_mm is not None:
        parts.append(_caliper_label([place(point) for point in calipers[0].points], shot.caliper_mm, height))
    if shot.spacing is not None:
        parts.append(_scale_bar(scale_x / shot.spacing.column_mm, height))
    return picture(parts, WIDTH, height, title, description, "shot")


def _line(line: Line, points: list[tuple[float, float]]) -> list[Markup]:
    style = {"fill": "none", "stroke_linejoin": "round", "stroke_linecap": "round", **STYLES[line.kind]}
    closed = line.kind in CLOSED
    drawn = [path(points, closed, class_=f"line-{line.kind}", **style)]
    if line.kind != "ray":
        drawn.insert(0, path(points, closed, **CASING))
    if line.kind == "caliper":
        drawn += _end_ticks(points)
    return drawn


def _end_ticks(points: list[tuple[float, float]]) -> list[Markup]:
    (x0, y0), (x1, y1) = points[0], points[-1]
    length = max(((x1 - x0) ** 2 + (y1 - y0) ** 2) ** 0.5, 1e-6)
    across_x, across_y = -(y1 - y0) / length * 7, (x1 - x0) / length * 7
    ends = [[(x - across_x, y - across_y), (x + across_x, y + across_y)] for x, y in ((x0, y0), (x1, y1))]
    style = {"fill": "none", **STYLES["caliper"]}
    return [path(end, **CASING) for end in ends] + [path(end, **style) for end in ends]


def _caliper_label(points: list[tuple[float, float]], value_mm: float, height: float) -> Markup:
    x = max(points[-1][0], points[0][0]) + 12
    if x > WIDTH - 78:
        x = min(points[-1][0], points[0][0]) - 86
    y = min(max((points[0][1] + points[-1][1]) / 2, 14.0), height - 14)
    plate = tag("rect", x=x, y=y - 12, width=74.0, height=24.0, rx=4, fill="#000", fill_opacity=0.72)
    words = tag("text", f"{value_mm:.1f} mm", x=x + 37, y=y + 5.5, text_anchor="middle", class_="shot-text")
    return group([plate, words])


def _scale_bar(units_per_mm: float, height: float) -> Markup:
    length_mm = SCALE_BAR_MM if units_per_mm * SCALE_BAR_MM >= SHORTEST_BAR else SCALE_BAR_MM * 5
    x0, y = 14.0, height - 14
    x1 = x0 + length_mm * units_per_mm
    bar = [(x0, y - 5), (x0, y), (x1, y), (x1, y - 5)]
    style = {"fill": "none", "stroke": "#fff", "stroke_width": 1.8}
    plate = tag("rect", x=x1 + 6, y=y - 15, width=62.0, height=21.0, rx=3, fill="#000", fill_opacity=0.6)
    words = tag("text", f"{length_mm:.0f} mm", x=x1 + 37, y=y, text_anchor="middle", class_="shot-text")
    return group([path(bar, **CASING), path(bar, **style), plate, words], class_="scale-bar")
