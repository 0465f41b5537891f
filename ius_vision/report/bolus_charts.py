"""A bolus in small SVG charts: curve with its fit, what the fit leaves, and the motion that was followed."""

from __future__ import annotations

import base64
import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from ius_vision.report.bolus_evidence import BolusEvidence, BolusMap
from ius_vision.report.svg import group, path, picture, tag

WIDTH = 560.0
LEFT, RIGHT, TOP, BOTTOM = 58.0, 12.0, 14.0, 36.0
CURVE_HEIGHT, SMALL_HEIGHT, SPACE = 190.0, 62.0, 22.0
BAR_MARGIN = 40.0
Scale = Callable[[float], float]


@dataclass(frozen=True, slots=True)
class Panel:
    """One plot of a chart: where it lies, and from which to which value it goes."""

    top: float
    height: float
    low: float
    high: float
    label: str

    def y(self, value: float) -> float:
        share = (value - self.low) / ((self.high - self.low) or 1.0)
        return self.top + self.height * (1.0 - min(max(share, -0.02), 1.02))


def curve_chart(bolus: BolusEvidence, title: str) -> Markup:
    """Draw the curve with its fit, frames that do not count, the curve without motion compensation, and the
    residuals."""
    unit = _unit(max(_known(bolus.wall), default=1.0))
    x_of = _time_scale(bolus.times_s)
    values = [*_known(bolus.wall), *_known(bolus.fit)]
    top = max(values, default=1.0) / unit * 1.08
    main = Panel(TOP, CURVE_HEIGHT, 0.0, top, f"power, {_power_words(unit)}")
    parts = [*_frame(main, x_of, bolus.times_s, last=not bolus.fit)]
    if bolus.window_end_s is not None and bolus.fit:
        x = x_of(bolus.window_end_s)
        parts.append(path([(x, main.top), (x, main.top + main.height)], class_="limit"))
    if bolus.unmoved:
        parts.append(path(_points(bolus.times_s, bolus.unmoved, x_of, main, unit), class_="unmoved"))
    parts += _dots(bolus, bolus.wall, x_of, main, unit)
    height = TOP + CURVE_HEIGHT + BOTTOM
    if bolus.fit:
        parts.append(path(_points(bolus.times_s, bolus.fit, x_of, main, unit), class_="mean"))
        left = [
            None if seen is None or fitted is None else seen - fitted
            for seen, fitted in zip(bolus.wall, bolus.fit, strict=True)
        ]
        reach = max((abs(value) for value in _known(left)), default=unit) / unit or 1.0
        small = Panel(TOP + CURVE_HEIGHT + SPACE, SMALL_HEIGHT, -reach, reach, "residual")
        parts += _frame(small, x_of, bolus.times_s, last=True)
        parts += _dots(bolus, left, x_of, small, unit)
        height += SMALL_HEIGHT + SPACE
    used = sum(bolus.used)
    said = f"{len(bolus.times_s)} frames shown, {used} of them in plane."
    return picture(parts, WIDTH, height, title, said, "chart")


def motion_chart(bolus: BolusEvidence, title: str) -> Markup | None:
    """Draw the movement of the tissue and the likeness of every frame; None where nothing was followed."""
    if not bolus.similarity:
        return None
    x_of = _time_scale(bolus.times_s)
    parts: list[Markup] = []
    top = TOP
    if bolus.rows_mm:
        reach = max(abs(value) for value in _known((*bolus.rows_mm, *bolus.columns_mm)))
        reach = max(math.ceil(reach * 2) / 2, 0.5)
        moved = Panel(top, SMALL_HEIGHT * 1.3, -reach, reach, "shift, mm")
        parts += _frame(moved, x_of, bolus.times_s, last=False)
        parts.append(path(_points(bolus.times_s, bolus.rows_mm, x_of, moved), class_="mean"))
        parts.append(path(_points(bolus.times_s, bolus.columns_mm, x_of, moved), class_="unmoved"))
        top += moved.height + SPACE
    alike = Panel(top, SMALL_HEIGHT, 0.0, 1.0, "likeness")
    parts += _frame(alike, x_of, bolus.times_s, last=True)
    if bolus.limit is not None:
        y = alike.y(bolus.limit)
        parts.append(path([(LEFT, y), (WIDTH - RIGHT, y)], class_="limit"))
    parts += _dots(bolus, bolus.similarity, x_of, alike)
    dropped = len(bolus.used) - sum(bolus.used)
    said = f"{dropped} of {len(bolus.used)} frames shown are out of plane."
    return picture(parts, WIDTH, top + SMALL_HEIGHT + BOTTOM, title, said, "chart")


def map_picture(drawn: BolusMap, png: bytes, colours: Sequence[str]) -> Markup:
    """A map with a bar of its colours, and the values of the bar's ends and middle."""
    height = WIDTH * drawn.shape[0] / drawn.shape[1]
    source = "data:image/png;base64," + base64.b64encode(png).decode("ascii")
    parts = [tag("image", href=source, width=WIDTH, height=height, preserveAspectRatio="none")]
    step = (WIDTH - 2 * BAR_MARGIN) / len(colours)
    for index, colour in enumerate(colours):
        x = BAR_MARGIN + index * step
        parts.append(tag("rect", x=x, y=height + 10, width=step + 0.5, height=12.0, fill=colour))
    middle = (drawn.low + drawn.high) / 2
    for share, value in ((0.0, drawn.low), (0.5, middle), (1.0, drawn.high)):
        x = BAR_MARGIN + share * (WIDTH - 2 * BAR_MARGIN)
        words = f"{value:.1f} {drawn.unit}"
        parts.append(tag("text", words, x=x, y=height + 37, text_anchor="middle"))
    said = f"{drawn.name}, colours from {drawn.low:.1f} to {drawn.high:.1f} {drawn.unit}"
    return picture(parts, WIDTH, height + 44, f"Map of {drawn.name}", said, "chart")


def _known(values: Iterable[float | None]) -> list[float]:
    return [value for value in values if value is not None]


def _unit(largest: float) -> float:
    """The power of ten that makes the axis' numbers readable."""
    return 10.0 ** math.floor(math.log10(largest)) if largest > 0 else 1.0


def _power_words(unit: float) -> str:
    exponent = round(math.log10(unit))
    return "peak white = 1" if exponent == 0 else f"10^{exponent} of peak white"


def _time_scale(times_s: Sequence[float]) -> Scale:
    first, last = times_s[0], times_s[-1]
    width = WIDTH - LEFT - RIGHT
    return lambda value: LEFT + (value - first) / ((last - first) or 1.0) * width


def _points(
    times_s: Sequence[float], values: Sequence[float | None], x_of: Scale, panel: Panel, unit: float = 1.0
) -> list[tuple[float, float]]:
    return [
        (x_of(time_s), panel.y(value / unit))
        for time_s, value in zip(times_s, values, strict=True)
        if value is not None
    ]


def _dots(
    bolus: BolusEvidence, values: Sequence[float | None], x_of: Scale, panel: Panel, unit: float = 1.0
) -> list[Markup]:
    """Dots for frames that count, crosses for those that do not."""
    dots, crosses = [], []
    for time_s, value, used in zip(bolus.times_s, values, bolus.used, strict=True):
        if value is None:
            continue
        x, y = x_of(time_s), panel.y(value / unit)
        if used:
            dots.append(tag("circle", cx=x, cy=y, r=1.6))
        else:
            crosses += [path([(x - 2, y - 2), (x + 2, y + 2)]), path([(x - 2, y + 2), (x + 2, y - 2)])]
    return [group(dots, class_="dot"), group(crosses, class_="gap")]


def _frame(panel: Panel, x_of: Scale, times_s: Sequence[float], last: bool) -> list[Markup]:
    """Grid, numbers and name of a plot; the time axis under the last one."""
    parts = []
    for value in (panel.low, (panel.low + panel.high) / 2, panel.high):
        y = panel.y(value)
        parts.append(path([(LEFT, y), (WIDTH - RIGHT, y)], class_="grid"))
        parts.append(tag("text", f"{value:.3g}", x=LEFT - 7, y=y + 4, text_anchor="end"))
    middle = panel.top + panel.height / 2
    turned = f"translate(13 {middle:.0f}) rotate(-90)"
    parts.append(tag("text", panel.label, x=0, y=0, text_anchor="middle", transform=turned))
    if last:
        y = panel.top + panel.height
        for value in _ticks(times_s[0], times_s[-1]):
            parts.append(tag("text", f"{value:g}", x=x_of(value), y=y + 16, text_anchor="middle"))
            parts.append(path([(x_of(value), y), (x_of(value), y + 4)], class_="grid"))
        parts.append(
            tag("text", "time, s", x=LEFT + (WIDTH - LEFT - RIGHT) / 2, y=y + 31, text_anchor="middle")
        )
    return parts


def _ticks(first: float, last: float) -> list[float]:
    span = last - first
    step = next((each for each in (1, 2, 5, 10, 20, 30, 60, 120, 300) if span / each <= 8), 600)
    return [value * step for value in range(math.ceil(first / step), math.floor(last / step) + 1)]
