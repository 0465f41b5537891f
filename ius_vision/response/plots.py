"""Drawings of a score: calibration, decision curve, ROC curve. The same figures give the same bytes."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from ius_vision.response.corrected_curves import Curves, own_resamples
from ius_vision.response.decision import DecisionPoint
from ius_vision.response.development import Development
from ius_vision.response.ridge import Array, expit
from ius_vision.response.smooth import band, drawn_again, smooth_grid, smoothed

BLUE, GREY, ORANGE, PALE = "#0b6e99", "#6b7785", "#c4581a", "#cfe3ec"
INK, CORRECTED = "#1a2530", "corrected for optimism"
STYLE = {"svg.hashsalt": "ius-vision", "svg.fonttype": "path", "font.size": 10, "axes.spines.top": False,
         "axes.spines.right": False}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Plot:
    """A drawing in both forms."""

    svg: bytes
    png: bytes


def score_plots(done: Development, curves: Curves) -> dict[str, Plot]:
    """`calibration`, `decision_curve` and `roc` of a developed score."""
    y, linear = done.y[done.whole], done.linear
    resampled = own_resamples(done)
    return {
        "calibration": _drawn(lambda axes: _calibration(axes, linear, y, resampled, curves)),
        "decision_curve": _drawn(lambda axes: _decision(axes, done.decision, curves)),
        "roc": _drawn(lambda axes: _roc(axes, linear, y, resampled)),
    }


def validation_plots(
    linear: Array, y: Array, points: tuple[DecisionPoint, ...], seed: int
) -> dict[str, Plot]:
    """The same of new patients; bands from patients drawn again."""
    resampled = drawn_again(linear, y, seed)
    return {
        "calibration": _drawn(lambda axes: _calibration(axes, linear, y, resampled)),
        "decision_curve": _drawn(lambda axes: _decision(axes, points)),
        "roc": _drawn(lambda axes: _roc(axes, linear, y, resampled)),
    }


def _drawn(draw: Callable) -> Plot:
    import matplotlib

    with matplotlib.rc_context(STYLE):
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.figure import Figure

        figure = Figure(figsize=(5.2, 4.4), layout="constrained")
        FigureCanvasAgg(figure)
        draw(figure.add_subplot())
        svg, png = io.BytesIO(), io.BytesIO()
        figure.savefig(svg, format="svg", metadata={"Date": None, "Creator": None})
        figure.savefig(png, format="png", dpi=150, metadata={"Software": None})
    return Plot(svg.getvalue(), png.getvalue())


def _calibration(
    axes, linear: Array, y: Array, resampled: list[tuple[Array, Array]], curves: Curves | None = None
) -> None:
    probability = expit(linear)
    axes.plot([0, 1], [0, 1], color=GREY, linewidth=1, linestyle=(0, (4, 3)), label="ideal")
    grid = smooth_grid(probability)
    if grid[-1] > grid[0]:
        low, high = band(resampled, grid)
        axes.fill_between(grid, low, high, color=PALE, linewidth=0, label="95 % band")
        axes.plot(grid, smoothed(probability, y, grid), color=BLUE, linewidth=2, label="smoothed")
    if curves is not None and len(curves.predicted):
        axes.plot(
            curves.predicted, curves.corrected, color=INK, linewidth=1.5, dashes=(5, 2), label=CORRECTED
        )
    for value, colour, height in ((1, ORANGE, 0.045), (0, GREY, -0.045)):
        counts, edges = np.histogram(probability[y == value], bins=50, range=(0, 1))
        top = max(1, counts.max())
        axes.bar(edges[:-1], height * counts / top, width=np.diff(edges), align="edge", color=colour)
    axes.text(1.0, 0.02, "reached", color=ORANGE, ha="right", va="bottom", fontsize=8)
    axes.text(1.0, -0.02, "not reached", color=GREY, ha="right", va="top", fontsize=8)
    axes.axhline(0, color=GREY, linewidth=0.6)
    axes.set(xlim=(0, 1), ylim=(-0.06, 1), xlabel="predicted probability", ylabel="observed share")
    axes.legend(frameon=False, loc="upper left")


def _decision(axes, points: tuple[DecisionPoint, ...], curves: Curves | None = None) -> None:
    threshold = [point.threshold for point in points]
    low, high = [point.ci_low for point in points], [point.ci_high for point in points]
    axes.fill_between(threshold, low, high, color=PALE, linewidth=0, label="95 % interval")
    axes.plot(threshold, [point.treat_all for point in points], color=GREY, linewidth=1.2, label="treat all")
    axes.axhline(0, color=INK, linewidth=1, label="treat none")
    axes.plot(threshold, [point.net_benefit for point in points], color=BLUE, linewidth=2, label="score")
    if curves is not None:
        axes.plot(threshold, curves.net_benefit, color=INK, linewidth=1.5, dashes=(5, 2), label=CORRECTED)
    top = max(max(high), points[0].treat_all)
    axes.set(xlim=(0, 1), ylim=(-0.15 * max(top, 0.1), 1.05 * max(top, 0.1)))
    axes.set(xlabel="threshold probability", ylabel="net benefit")
    axes.legend(frameon=False)


def _roc(axes, linear: Array, y: Array, resampled: list[tuple[Array, Array]]) -> None:
    grid = np.linspace(0, 1, 101)
    curves = [_sensitivity(lp, seen, grid) for lp, seen in resampled if 0 < seen.sum() < len(seen)]
    axes.plot([0, 1], [0, 1], color=GREY, linewidth=1, linestyle=(0, (4, 3)), label="chance")
    if curves and 0 < y.sum() < len(y):
        low, high = np.quantile(curves, [0.025, 0.975], axis=0)
        axes.fill_between(grid, low, high, color=PALE, linewidth=0, label="95 % band")
        axes.plot(grid, _sensitivity(linear, y, grid), color=BLUE, linewidth=2, label="score")
    axes.set(xlim=(0, 1), ylim=(0, 1.01), xlabel="1 - specificity", ylabel="sensitivity")
    axes.legend(frameon=False, loc="lower right")


def _sensitivity(linear: Array, y: Array, false_shares: Array) -> Array:
    """Sensitivity at these shares of false positives, straight between the steps."""
    order = np.argsort(-linear, kind="stable")
    ends = np.r_[np.flatnonzero(np.diff(-linear[order]) > 1e-12), len(y) - 1]
    true = np.r_[0.0, np.cumsum(y[order])[ends] / y.sum()]
    false = np.r_[0.0, np.cumsum(1 - y[order])[ends] / (len(y) - y.sum())]
    return np.interp(false_shares, false, true)
