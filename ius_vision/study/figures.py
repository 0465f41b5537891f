"""Figures of a study: courses of each patient, boxes by visit, rates with intervals, and the flow chart."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from textwrap import fill
from typing import TYPE_CHECKING

import numpy as np

from ius_vision.findings.whole_file import whole_file
from ius_vision.study.cohort import Cohort
from ius_vision.study.dictionary import DICTIONARY
from ius_vision.study.fonts import drawable, families
from ius_vision.study.rates import RateRow

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

SHOWN = (
    "cdai", "sescd", "bwt_mm", "ibus_sas", "crp_mg_l", "fcp_ug_g", "esr_mm_h", "hbi", "mayo_endoscopic",
    "uceis", "pe_db", "wi_auc",
)  # fmt: skip
# Colours that are told apart by the colour-blind too: of everybody, reached, not reached.
INK, YES, NO, PALE = "#33475b", "#0072b2", "#d55e00", "#9aa5b1"
_STYLE = {
    "svg.hashsalt": "ius-vision",
    "svg.fonttype": "path",
    "font.size": 9,
    # A visit's name may hold a dollar sign.
    "text.parse_math": False,
    "axes.spines.top": False,
    "axes.spines.right": False,
}
_DPI = 150
_LABEL_SIGNS, _TICK_SIGNS = 26, 13


@contextmanager
def figure_of(width: float, height: float) -> Iterator[Figure]:
    """A figure without any window or state beyond itself, inches."""
    import matplotlib
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    with matplotlib.rc_context(_STYLE | {"font.family": list(families())}):
        figure = Figure((width, height), layout="constrained")
        FigureCanvasAgg(figure)
        yield figure


def save(figure: Figure, stem: Path) -> str:
    """Write PNG and SVG; the same figure gives the same bytes. Returns the SVG's text."""
    for suffix, facts in ((".png", {"Software": None}), (".svg", {"Date": None})):
        stream = io.BytesIO()
        figure.savefig(stream, format=suffix[1:], dpi=_DPI, metadata=facts)
        with whole_file(stem.with_name(stem.name + suffix)) as out:
            out.write(stream.getvalue())
    return stream.getvalue().decode("utf-8")


def course_figures(cohort: Cohort, groups: dict[str, str], folder: Path) -> dict[str, str]:
    """A figure for each measure that two patients or more have twice: courses and boxes.

    Parameters
    ----------
    groups : `yes` or `no` of an outcome by patient; empty where there is no outcome.

    Returns
    -------
    The SVG's text by measure; the files are `course_MEASURE.png` and `.svg`.
    """
    made = {}
    for name in SHOWN:
        courses = _courses(cohort, name)
        if sum(len(course) > 1 for course in courses.values()) < 2:
            continue
        with figure_of(7.2, 3.0) as figure:
            left, right = figure.subplots(1, 2, sharey=True, width_ratios=(3, 2))
            _spaghetti(left, cohort, courses, groups)
            _boxes(right, cohort, courses)
            unit = DICTIONARY[name].unit
            left.set_ylabel(fill(_title(name) + (f", {unit}" if unit else ""), _LABEL_SIGNS))
            made[name] = save(figure, folder / f"course_{name}")
    return made


def _words(visit: str) -> str:
    return drawable(visit.replace("_", " "))


def _below(visit: str) -> str:
    """The same in lines short enough to stand beside another visit's."""
    return fill(_words(visit), _TICK_SIGNS)


def _title(name: str) -> str:
    return DICTIONARY[name].meaning.split(";")[0]


def _courses(cohort: Cohort, name: str) -> dict[str, dict[str, float]]:
    """A patient's values by visit."""
    found: dict[str, dict[str, float]] = {}
    for visit in cohort.visits:
        value = visit.get(name)
        if isinstance(value, (int, float)):
            found.setdefault(visit.patient_id, {})[visit.visit] = float(value)
    return found


def _visits(cohort: Cohort, courses: dict[str, dict[str, float]]) -> list[str]:
    seen = {visit for course in courses.values() for visit in course}
    return [visit for visit in cohort.visit_names if visit in seen]


def _spaghetti(axes: Axes, cohort: Cohort, courses: dict, groups: dict[str, str]) -> None:
    """A line a patient, and the median of each group; a patient's missing visit leaves a gap."""
    visits = _visits(cohort, courses)
    colours = {"yes": YES, "no": NO}
    for patient, course in courses.items():
        line = [course.get(visit, np.nan) for visit in visits]
        colour = colours.get(groups.get(patient, ""), PALE)
        axes.plot(line, color=colour, alpha=0.35, linewidth=0.8, marker="o", markersize=2)
    for group in ("yes", "no") if groups else ("",):
        lines = [course for patient, course in courses.items() if groups.get(patient, "") == group]
        middle = [_median([line[visit] for line in lines if visit in line]) for visit in visits]
        label = {"yes": "reached", "no": "not reached", "": "all"}[group]
        axes.plot(middle, color=colours.get(group, INK), linewidth=2.4, label=f"median, {label}")
    axes.set_xticks(range(len(visits)), [_below(visit) for visit in visits])
    axes.legend(frameon=False, fontsize=7)


def _median(values: Sequence[float]) -> float:
    return float(np.median(values)) if values else np.nan


def _boxes(axes: Axes, cohort: Cohort, courses: dict) -> None:
    """Median, quartiles, and every value as a point; n below."""
    visits = _visits(cohort, courses)
    values = [[course[visit] for course in courses.values() if visit in course] for visit in visits]
    labels = [f"{_below(visit)}\nn = {len(each)}" for visit, each in zip(visits, values, strict=True)]
    axes.boxplot(
        values,
        positions=range(len(visits)),
        widths=0.55,
        showfliers=False,
        medianprops={"color": INK, "linewidth": 2},
        boxprops={"color": INK},
        whiskerprops={"color": INK},
        capprops={"color": INK},
    )
    for place, each in enumerate(values):
        # Points side by side by their order, so that the picture needs no random numbers.
        aside = place + 0.16 * np.sin(np.arange(len(each)) * 2.4)
        axes.plot(aside, each, linestyle="", marker="o", markersize=2.5, color=PALE, alpha=0.7, zorder=0)
    axes.set_xticks(range(len(visits)), labels)


def rate_figure(rates: Sequence[RateRow], folder: Path) -> str | None:
    """Rates with Wilson's intervals, n/N beside each; None where nothing was assessed."""
    shown = [row for row in rates if row.rate is not None]
    if not shown:
        return None
    with figure_of(7.2, 0.6 + 0.24 * len(shown)) as figure:
        axes = figure.subplots()
        places = np.arange(len(shown))[::-1]
        for place, row in zip(places, shown, strict=True):
            axes.plot([100 * row.ci_low, 100 * row.ci_high], [place, place], color=INK, linewidth=1.2)
            axes.plot([100 * row.rate], [place], marker="o", markersize=5, color=YES)
            axes.annotate(
                f"{row.yes}/{row.assessed}",
                (1.01, place),
                xycoords=("axes fraction", "data"),
                va="center",
                fontsize=8,
            )
        labels = [
            f"{row.endpoint.replace('_', ' ')} ({row.definition}), {_words(row.visit)}" for row in shown
        ]
        axes.set_yticks(places, labels, fontsize=8)
        axes.set_xlim(0, 100)
        axes.set_ylim(-0.7, len(shown) - 0.3)
        axes.set_xlabel("percent of those assessed, with 95 % interval")
        axes.grid(axis="x", color="#e3e8ee", linewidth=0.8)
        return save(figure, folder / "rates")
