"""The page of `study table`: baseline, before and after, rates, and what is wrong in the table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ius_vision.study.cohort import Cohort
from ius_vision.study.describe import EVERYBODY, NOT_REACHED, REACHED, BaselineRow, Groups
from ius_vision.study.dictionary import DICTIONARY
from ius_vision.study.endpoints import AnyDefinition
from ius_vision.study.page import Line, Part, Table, interval, number, p_value
from ius_vision.study.paired import PairedRow
from ius_vision.study.rates import RateRow

_GROUP_NAMES = {EVERYBODY: "All", REACHED: "Reached", NOT_REACHED: "Not reached"}


def name_of(variable: str) -> str:
    """A column in words, with its unit."""
    field = DICTIONARY[variable]
    words = field.meaning.split(";")[0].split(":")[0].split(",")[0]
    words = words[:1].upper() + words[1:]
    return f"{words}, {field.unit}" if field.unit else words


def baseline_part(
    rows: Sequence[BaselineRow], groups: Groups, by: AnyDefinition | None, visit: str | None
) -> Part:
    """The baseline table: median (quartiles) or n/known (%), with a test between the groups."""
    listed = list(groups.members)
    heads = [f"{_GROUP_NAMES[group]} (n = {len(groups.members[group])})" for group in listed]
    if by is not None:
        heads += ["p", "effect (95 % interval)"]
    lines = []
    found: dict[tuple[str, str | None], dict[str, BaselineRow]] = {}
    for row in rows:
        found.setdefault((row.variable, row.level), {})[row.group] = row
    seen: set[str] = set()
    for (variable, level), by_group in found.items():
        lines += _baseline_lines(variable, level, by_group, listed, by is not None, seen)
    told = () if by is None else (_by_line(groups, by, visit),)
    notes = (
        "Numbers: median (first to third quartile) [known]. Words: n/known (percent). What is not known "
        "is in no denominator.",
        *(
            (
                "Tests: Mann-Whitney (effect: rank-biserial correlation) and Fisher's exact (effect: "
                "difference of shares), reached against not reached; p values are not adjusted, and the "
                "groups are not randomised.",
            )
            if by is not None
            else ()
        ),
    )
    numbers = tuple(range(1, len(heads) + 1))
    return Part("Baseline", told, (Table(("", *heads), tuple(lines), numbers),), notes=notes)


def _by_line(groups: Groups, by: AnyDefinition, visit: str | None) -> str:
    return (
        f"By {by.endpoint.replace('_', ' ')} ({by.name}: {by.rule}) at {visit}. "
        f"Not known of {groups.unknown} patients, who stand in the column All only."
    )


def _baseline_lines(variable, level, by_group, listed, tested, seen) -> list[Line]:
    first = by_group[EVERYBODY]
    lines = []
    sub = level is not None and DICTIONARY[variable].kind == "choice"
    if sub and variable not in seen:
        seen.add(variable)
        lines.append(Line((name_of(variable), *[""] * (len(listed) + 2 * tested))))
    cells = [_cell(by_group[group]) for group in listed]
    if tested:
        effect = (
            ""
            if first.effect is None
            else f"{number(first.effect, 2)} ({interval(first.effect_low, first.effect_high)})"
        )
        cells += [p_value(first.p), effect or (first.note or "")]
    lines.append(Line((level if sub else name_of(variable), *cells), level=sub))
    return lines


def _cell(row: BaselineRow) -> str:
    if row.level is None:
        if row.known == 0:
            return "not known"
        return f"{number(row.median)} ({number(row.q1)} to {number(row.q3)}) [{row.known}]"
    return f"{row.count}/{row.known} ({row.percent:.1f} %)" if row.known else "not known"


def paired_part(rows: Sequence[PairedRow], pictures: Mapping[str, str]) -> Part:
    """Before and after, with the paired test; then the courses."""
    heads = ("", "visit", "pairs", "before", "after", "mean change (95 %)", "p", "p, Holm", "effect (95 %)")
    lines = []
    for row in rows:
        signs = row.median_before is None
        before = (
            _share(row.mean_before) if signs else _quartiles(row.median_before, row.q1_before, row.q3_before)
        )
        after = _share(row.mean_after) if signs else _quartiles(row.median_after, row.q1_after, row.q3_after)
        ends = interval(row.change_low, row.change_high)
        effect = "" if row.effect is None else number(row.effect, 2)
        range_ = interval(row.effect_low, row.effect_high)
        lines.append(
            Line(
                (
                    name_of(row.variable),
                    row.visit,
                    str(row.pairs),
                    before,
                    after,
                    number(row.mean_change) + (f" ({ends})" if ends else ""),
                    p_value(row.p),
                    p_value(row.p_holm),
                    (f"{effect} ({range_})" if range_ else effect) or (row.note or ""),
                )
            )
        )
    notes = (
        "Patients with both values only. Numbers: median (quartiles), Wilcoxon signed-rank test, matched-"
        "pairs rank-biserial correlation with a bootstrap interval; -1 means that everybody fell. Yes and "
        "no: percent of yes, McNemar's exact test. Mean change with Student's t interval. Ultrasound values "
        "are those of each visit's row, which are its worst segment where exams were joined.",
    )
    tables = (Table(heads, tuple(lines), (2, 3, 4, 5, 6, 7, 8)),) if lines else ()
    told = () if lines else ("No patient has a value at the baseline and at a later visit.",)
    return Part("Before and after", told, tables, tuple(pictures.values()), notes if lines else ())


def _quartiles(median: float | None, q1: float | None, q3: float | None) -> str:
    return f"{number(median)} ({number(q1)} to {number(q3)})"


def _share(share: float | None) -> str:
    return "" if share is None else f"{100 * share:.1f} %"


def rates_part(rates: Sequence[RateRow], picture: str | None, named: Mapping[str, str]) -> Part:
    """Rates of whatever was assessed, each with its n/N and Wilson's interval."""
    shown = [row for row in rates if row.assessed]
    heads = (
        "endpoint",
        "definition",
        "visit",
        "n/N",
        "percent",
        "95 % interval",
        "not known",
        "not asked",
        "patients",
    )
    lines = tuple(
        Line(
            (
                row.endpoint.replace("_", " "),
                row.definition,
                row.visit,
                f"{row.yes}/{row.assessed}",
                f"{100 * row.rate:.1f}",
                f"{100 * row.ci_low:.1f} to {100 * row.ci_high:.1f}",
                str(row.missing),
                str(row.not_asked),
                str(row.patients),
            )
        )
        for row in shown
    )
    used = dict.fromkeys((row.endpoint, row.definition) for row in shown)
    notes = tuple(
        f"{endpoint.replace('_', ' ')}, {name}: {named[f'{endpoint}:{name}']}" for endpoint, name in used
    )
    told = (
        "N are the patients of whom it is known. Denominators differ between endpoints; rates of one cohort "
        "are not one split."
        if shown
        else "Nothing was assessed at a later visit.",
    )
    tables = (Table(heads, lines, (3, 4, 5, 6, 7, 8)),) if shown else ()
    return Part("Rates", told, tables, (picture,) if picture else (), notes)


def problems_part(cohort: Cohort) -> Part:
    count = len(cohort.problems)
    told = f"{count} findings, listed row by row in problems.csv." if count else "No findings."
    left = f"{cohort.rows_left_out} rows were left out." if cohort.rows_left_out else ""
    return Part("What is wrong in the table", tuple(line for line in (told, left) if line))
