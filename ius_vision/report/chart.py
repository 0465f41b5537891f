"""Thickness over the frames of a clip, as a small SVG chart."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from ius_vision.report.svg import group, path, picture, tag

WIDTH, HEIGHT = 440.0, 168.0
LEFT, RIGHT, TOP, BOTTOM = 44.0, 10.0, 12.0, 40.0
SIDE = 8.0
NORMAL_MM = 3.0


@dataclass(frozen=True, slots=True)
class FramePoint:
    """A frame looked at: its place on the time axis and its thickness, None where it abstained."""

    x: float
    thickness_mm: float | None


@dataclass(frozen=True, slots=True)
class ThicknessSeries:
    """What the chart shows. `x_label` names the axis, for example `time, s` or `frame`."""

    points: Sequence[FramePoint]
    x_label: str
    mean_mm: float | None
    low_mm: float | None
    high_mm: float | None


def thickness_chart(series: ThicknessSeries, title: str) -> Markup:
    """Draw measured frames as dots, frames without a value as crosses, and the mean with its interval."""
    values = [point.thickness_mm for point in series.points if point.thickness_mm is not None]
    top = max([*values, series.high_mm or 0.0, NORMAL_MM]) * 1.12
    top = math.ceil(top)
    x_values = [point.x for point in series.points]
    first, last = min(x_values), max(x_values)
    span = (last - first) or 1.0
    width, height = WIDTH - LEFT - RIGHT - 2 * SIDE, HEIGHT - TOP - BOTTOM

    def x_of(value: float) -> float:
        return LEFT + SIDE + (width / 2 if last == first else (value - first) / span * width)

    def y_of(value: float) -> float:
        return TOP + height * (1 - value / top)

    parts = [*_grid(top, y_of), *_x_axis(first, last, x_of, series.x_label), _normal_line(y_of)]
    parts += _mean(series, y_of)
    parts += [_dot(x_of(p.x), y_of(p.thickness_mm)) for p in series.points if p.thickness_mm is not None]
    parts += [_gap(x_of(p.x)) for p in series.points if p.thickness_mm is None]
    return picture(parts, WIDTH, HEIGHT, title, _spoken(series, values), "chart")


def _spoken(series: ThicknessSeries, values: Sequence[float]) -> str:
    looked = f"{len(series.points)} frames looked at, {len(values)} measured"
    if not values:
        return looked + "."
    return f"{looked}, from {min(values):.1f} to {max(values):.1f} mm."


def _grid(top: int, y_of) -> list[Markup]:
    step = 1 if top <= 7 else 2 if top <= 14 else 5
    lines = []
    for value in range(0, top + 1, step):
        y = y_of(value)
        lines.append(path([(LEFT, y), (WIDTH - RIGHT, y)], class_="grid"))
        lines.append(tag("text", str(value), x=LEFT - 8, y=y + 4, text_anchor="end"))
    middle = TOP + (HEIGHT - TOP - BOTTOM) / 2
    label = tag(
        "text", "BWT, mm", x=0, y=0, text_anchor="middle", transform=f"translate(14 {middle:.0f}) rotate(-90)"
    )
    return [*lines, label]


def _x_axis(first: float, last: float, x_of, label: str) -> list[Markup]:
    y = HEIGHT - BOTTOM
    ends = [first] if first == last else [first, (first + last) / 2, last]
    decimals = 0 if not label.startswith("time") else 1 if last - first >= 2 else 2
    shown = [f"{value:.{decimals}f}" for value in ends]
    words = [
        tag("text", text, x=x_of(value), y=y + 16, text_anchor="middle")
        for value, text in zip(ends, shown, strict=True)
    ]
    name = tag("text", label, x=LEFT + (WIDTH - LEFT - RIGHT) / 2, y=HEIGHT - 5, text_anchor="middle")
    return [*words, name]


def _normal_line(y_of) -> Markup:
    y = y_of(NORMAL_MM)
    words = tag(
        "text", f"{NORMAL_MM:.1f} mm", x=WIDTH - RIGHT - 4, y=y - 4, text_anchor="end", class_="limit-text"
    )
    return group([path([(LEFT, y), (WIDTH - RIGHT, y)], class_="limit"), words])


def _mean(series: ThicknessSeries, y_of) -> list[Markup]:
    if series.mean_mm is None:
        return []
    parts = []
    if series.low_mm is not None and series.high_mm is not None:
        top, bottom = y_of(series.high_mm), y_of(max(series.low_mm, 0.0))
        parts.append(
            tag("rect", x=LEFT, y=top, width=WIDTH - LEFT - RIGHT, height=bottom - top, class_="band")
        )
    y = y_of(series.mean_mm)
    return [*parts, path([(LEFT, y), (WIDTH - RIGHT, y)], class_="mean")]


def _dot(x: float, y: float) -> Markup:
    return tag("circle", cx=x, cy=y, r=3.0, class_="dot")


def _gap(x: float) -> Markup:
    y = HEIGHT - BOTTOM
    return group(
        [path([(x - 3, y - 3), (x + 3, y + 3)]), path([(x - 3, y + 3), (x + 3, y - 3)])], class_="gap"
    )
