"""Plots of an evaluation as inline SVG: dots and lines in a frame with two axes."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import cycle

from markupsafe import Markup, escape

WIDTH_PX, HEIGHT_PX = 430, 300
LEFT_PX, RIGHT_PX, TOP_PX, BOTTOM_PX = 56, 10, 10, 44
TICKS = 5
COLOURS = ("#b44d12", "#0b6e99", "#0b6e99")

Points = Sequence[tuple[float, float]]


@dataclass(frozen=True, slots=True)
class Axis:
    """Range and name of an axis."""

    low: float
    high: float
    name: str


@dataclass(frozen=True, slots=True)
class Plot:
    """What is drawn: `dots`, `lines` through points, and level lines `(value, words)`."""

    title: str
    x: Axis
    y: Axis
    dots: Points = ()
    lines: Sequence[Points] = ()
    levels: Sequence[tuple[float, str]] = ()


def draw(plot: Plot) -> Markup:
    """The plot as an SVG element; every text is escaped."""
    parts = [
        f'<svg width="{WIDTH_PX}" height="{HEIGHT_PX}" role="img" aria-label="{escape(plot.title)}">',
        f'<rect x="{LEFT_PX}" y="{TOP_PX}" width="{WIDTH_PX - LEFT_PX - RIGHT_PX}" '
        f'height="{HEIGHT_PX - TOP_PX - BOTTOM_PX}" fill="none" stroke="#9aa5b1"/>',
        *_ticks(plot),
    ]
    for value, words in plot.levels:
        y = _y(plot, value)
        parts.append(
            f'<path d="M{LEFT_PX} {y}H{WIDTH_PX - RIGHT_PX}" stroke="#9aa5b1" stroke-dasharray="5"/>'
        )
        parts.append(_text(WIDTH_PX - RIGHT_PX - 4, y - 4, words, "end"))
    for line, colour in zip(plot.lines, cycle(COLOURS), strict=False):
        path = "L".join(f"{_x(plot, x)} {_y(plot, y)}" for x, y in line)
        parts.append(f'<path d="M{path}" fill="none" stroke="{colour}" stroke-width="1.8"/>')
    for x, y in plot.dots:
        parts.append(
            f'<circle cx="{_x(plot, x)}" cy="{_y(plot, y)}" r="2.2" fill="#0b6e99" fill-opacity=".55"/>'
        )
    return Markup("\n".join([*parts, "</svg>"]))


def round_up(value: float, step: float) -> float:
    """The first multiple of a step that is not below a value, one step at least."""
    return step * max(1, math.ceil(value / step - 1e-9))


def _ticks(plot: Plot) -> list[str]:
    parts = []
    for index in range(TICKS + 1):
        x, y = (axis.low + (axis.high - axis.low) * index / TICKS for axis in (plot.x, plot.y))
        parts.append(_text(_x(plot, x), HEIGHT_PX - BOTTOM_PX + 15, f"{x:.3g}", "middle"))
        parts.append(_text(LEFT_PX - 5, _y(plot, y) + 4, f"{y:.3g}", "end"))
    middle = HEIGHT_PX / 2
    parts.append(_text((WIDTH_PX + LEFT_PX) / 2, HEIGHT_PX - 8, plot.x.name, "middle"))
    turned = _text(13, middle, plot.y.name, "middle").replace(
        "<text ", f'<text transform="rotate(-90 13 {middle})" '
    )
    return [*parts, turned]


def _text(x: float, y: float, words: str, anchor: str) -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" font-size="11">{escape(words)}</text>'


def _x(plot: Plot, value: float) -> float:
    share = (value - plot.x.low) / (plot.x.high - plot.x.low)
    return round(LEFT_PX + share * (WIDTH_PX - LEFT_PX - RIGHT_PX), 1)


def _y(plot: Plot, value: float) -> float:
    share = (value - plot.y.low) / (plot.y.high - plot.y.low)
    return round(HEIGHT_PX - BOTTOM_PX - share * (HEIGHT_PX - TOP_PX - BOTTOM_PX), 1)
