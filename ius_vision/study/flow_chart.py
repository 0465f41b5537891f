"""The flow chart: patients from the table to the eligible."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from ius_vision.study.eligibility import FlowRow
from ius_vision.study.figures import INK, figure_of, save
from ius_vision.study.fonts import drawable

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def flow_chart(flow: Sequence[FlowRow], folder: Path) -> str:
    """Patients from the table to the eligible; beside it who is out or open, by criterion."""
    count = {row.step: row for row in flow if row.criterion is None}
    sides = {
        step: [
            f"{row.criterion}: {row.patients}  {_short(row.text)}"
            for row in flow
            if row.step == step and row.criterion
        ]
        for step in ("not_eligible", "undetermined")
    }
    heights = [0.55 + 0.17 * len(lines) for lines in sides.values()]
    total = sum(heights) + 2.2
    with figure_of(8.2, total) as figure:
        axes = figure.subplots()
        axes.set_xlim(0, 10)
        axes.set_ylim(-total, 0)
        axes.axis("off")
        top = -0.35
        _box(axes, 1.6, top, 2.6, 0.5, f"{count['assessed'].text}\nn = {count['assessed'].patients}")
        below = top - 0.55
        for (step, lines), height in zip(sides.items(), heights, strict=True):
            middle = below - height / 2
            text = "\n".join([f"{count[step].text}: n = {count[step].patients}", *lines])
            _box(axes, 6.6, middle, 6.4, height, text, left=True)
            axes.annotate("", (3.4, middle), (1.6, middle), arrowprops={"arrowstyle": "->", "color": INK})
            below -= height + 0.12
        bottom = below - 0.45
        axes.annotate(
            "", (1.6, bottom + 0.25), (1.6, top - 0.25), arrowprops={"arrowstyle": "->", "color": INK}
        )
        _box(axes, 1.6, bottom, 2.6, 0.5, f"{count['eligible'].text}\nn = {count['eligible'].patients}")
        return save(figure, folder / "flow")


def _short(text: str) -> str:
    return text if len(text) <= 62 else f"{text[:60]}…"


def _box(axes: Axes, x: float, y: float, width: float, height: float, text: str, left: bool = False) -> None:
    from matplotlib.patches import Rectangle

    axes.add_patch(
        Rectangle(
            (x - width / 2, y - height / 2), width, height, facecolor="white", edgecolor=INK, linewidth=1
        )
    )
    place = (x - width / 2 + 0.12, "left") if left else (x, "center")
    axes.text(
        place[0], y, drawable(text), ha=place[1], va="center", fontsize=7.5, linespacing=1.35, color=INK
    )
