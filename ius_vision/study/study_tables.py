"""What `study table` leaves: tables, figures and a page."""

from __future__ import annotations

from pathlib import Path

from ius_vision.findings.tables import write_table
from ius_vision.study.cohort import Cohort
from ius_vision.study.describe import EVERYBODY, BaselineRow, Groups, baseline_table, groups_of
from ius_vision.study.endpoints import ENDPOINTS, AnyDefinition, evaluate
from ius_vision.study.endpoints.dual import ENDPOINT as DUAL
from ius_vision.study.figures import course_figures, rate_figure
from ius_vision.study.page import write_page
from ius_vision.study.paired import PairedRow, paired_table
from ius_vision.study.rates import RateRow, endpoint_rates
from ius_vision.study.table_page import baseline_part, paired_part, problems_part, rates_part
from ius_vision.study.visits import BASELINE, nominal_week

TITLE = "Study tables"


def last_visit(cohort: Cohort) -> str | None:
    """The visit of the latest `week_N`, else the last one that is not the baseline."""
    names = [name for name in cohort.visit_names if name != BASELINE]
    weeks = [name for name in names if nominal_week(name) is not None]
    return (weeks or names or [None])[-1]


def write_study(cohort: Cohort, by: AnyDefinition | None, visit: str | None, folder: Path) -> Path:
    """Write `baseline`, `paired` and `endpoint_rates` as CSV and Parquet, `figures/`, and `study.html`.

    Parameters
    ----------
    by : endpoint to compare the baseline by, at `visit`.

    Returns
    -------
    The path of the page.
    """
    groups = groups_of(cohort, by, visit)
    baseline, paired = baseline_table(cohort, groups), paired_table(cohort)
    rates = [row for row in endpoint_rates(cohort, evaluate(cohort)) if row.visit != BASELINE]
    write_table(baseline, BaselineRow, folder / "baseline")
    write_table(paired, PairedRow, folder / "paired")
    write_table(rates, RateRow, folder / "endpoint_rates")
    pictures = folder / "figures"
    pictures.mkdir(exist_ok=True)
    courses = course_figures(cohort, _by_patient(groups), pictures)
    shown = [row for row in rates if _on_the_page(row)]
    chart = rate_figure(shown, pictures)
    rules = {f"{name}:{each.name}": each.rule for name, group in ENDPOINTS.items() for each in group.values()}
    parts = (
        baseline_part(baseline, groups, by, visit),
        paired_part(paired, courses),
        rates_part(shown, chart, rules),
        problems_part(cohort),
    )
    return write_page(folder / "study.html", TITLE, cohort, parts)


def _on_the_page(row: RateRow) -> bool:
    """Of the dual targets, those with the first clinical definition; all of them are in the table."""
    first = next(iter(ENDPOINTS["clinical_remission"]))
    return row.endpoint != DUAL or row.definition.startswith(f"{first}+")


def _by_patient(groups: Groups) -> dict[str, str]:
    return {
        row.patient_id: group for group, rows in groups.members.items() if group != EVERYBODY for row in rows
    }
