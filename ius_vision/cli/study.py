"""`ius-vision study`: a cohort's eligibility, endpoints, tables and figures."""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

from ius_vision.cli.examples import examples
from ius_vision.errors import BadUsage

if TYPE_CHECKING:
    from ius_vision.study.cohort import Cohort


def add_parser(subparsers) -> argparse.ArgumentParser:
    parser = subparsers.add_parser(
        "study",
        help="eligibility, endpoints and tables of a cohort",
        description="Who of a cohort may take part, what became of them, and tables and figures of that. "
        "What is wrong in the table is listed row by row in problems.csv; nothing is guessed.",
        **examples(
            "study eligibility cohort.csv --out eligibility",
            "study endpoints cohort.xlsx --exams results --out endpoints",
            "study table cohort.csv --by clinical_remission --out tables",
        ),
    )
    kinds = parser.add_subparsers(dest="kind", metavar="KIND", required=True)
    eligible = _kind(kinds, "eligibility", "who may take part, by each criterion")
    eligible.add_argument(
        "--criteria", type=Path, metavar="FILE", help="criteria as TOML (default: those of NCT06573944)"
    )
    endpoints = _kind(kinds, "endpoints", "every endpoint under every definition, and rates")
    _add_exams(endpoints)
    endpoints.add_argument(
        "--impute-no",
        action="store_true",
        help="count missing as not reached too, in columns of their own (non-responder imputation)",
    )
    table = _kind(kinds, "table", "baseline by outcome, before and after, rates, figures, and a page")
    _add_exams(table)
    table.add_argument(
        "--by",
        metavar="ENDPOINT",
        help="compare those who reached ENDPOINT, or ENDPOINT:DEFINITION, with those who did not",
    )
    table.add_argument(
        "--visit", metavar="NAME", help="visit of --by (default: the last week_N, else the last visit)"
    )
    return parser


def _add_exams(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--exams", type=Path, metavar="OUT", help="folder that an analyze run wrote")


def _kind(kinds, name: str, words: str) -> argparse.ArgumentParser:
    parser = kinds.add_parser(name, help=words, description=words)
    parser.add_argument("cohort", type=Path, metavar="COHORT", help="CSV, Excel or Parquet, a row a visit")
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="folder to write to")
    parser.add_argument(
        "--mapping", type=Path, metavar="FILE", help="TOML that names the table's columns and codes"
    )
    # `main` puts --debug on the command; here it may also stand after the kind.
    parser.add_argument(
        "--debug", action="store_true", default=argparse.SUPPRESS, help="show the traceback of an error"
    )
    return parser


def run(args: argparse.Namespace) -> int:
    from ius_vision.study.cohort import read_cohort

    cohort = read_cohort(args.cohort, args.mapping)
    if getattr(args, "exams", None) is not None:
        from ius_vision.study.join import join_exams

        cohort = join_exams(cohort, args.exams)
    try:
        return {"eligibility": _eligibility, "endpoints": _endpoints, "table": _table}[args.kind](
            args, cohort
        )
    except OSError as error:
        raise _not_writable(error, args.out) from error


def _eligibility(args: argparse.Namespace, cohort: Cohort) -> int:
    from ius_vision.findings.tables import write_table
    from ius_vision.study.criteria import read_criteria
    from ius_vision.study.eligibility import AnswerRow, EligibilityRow, FlowRow, eligibility
    from ius_vision.study.eligibility_page import write_eligibility_page
    from ius_vision.study.flow_chart import flow_chart

    criteria = read_criteria(args.criteria)
    found = eligibility(cohort, criteria)
    out = _folder(args.out)
    write_table(found.patients, EligibilityRow, out / "eligibility")
    write_table(found.answers, AnswerRow, out / "criteria")
    write_table(found.flow, FlowRow, out / "flow")
    chart = flow_chart(found.flow, out)
    write_eligibility_page(out / "eligibility.html", cohort, criteria, found, chart)
    counts = Counter(each.status for each in found.patients)
    told = ", ".join(f"{counts[word]} {word}" for word in ("eligible", "not_eligible", "undetermined"))
    print(f"{len(found.patients)} patients: {told}.", file=sys.stderr)
    return _end(cohort, out, found.problems)


def _endpoints(args: argparse.Namespace, cohort: Cohort) -> int:
    from ius_vision.findings.tables import write_table
    from ius_vision.study.endpoints import EndpointRow, evaluate
    from ius_vision.study.rates import RateRow, endpoint_rates
    from ius_vision.study.tables import write_cohort

    rows = evaluate(cohort)
    out = _folder(args.out)
    write_table(rows, EndpointRow, out / "endpoints")
    write_table(endpoint_rates(cohort, rows, args.impute_no), RateRow, out / "endpoint_rates")
    write_cohort(cohort, out)
    known = sum(row.value is not None for row in rows)
    print(
        f"{len(cohort.patients)} patients, {len(cohort.visits)} visits: "
        f"{known} of {len(rows)} answers known.",
        file=sys.stderr,
    )
    return _end(cohort, out)


def _table(args: argparse.Namespace, cohort: Cohort) -> int:
    from ius_vision.study.endpoints import find_definition
    from ius_vision.study.study_tables import last_visit, write_study

    by = None if args.by is None else find_definition(args.by)
    visit = args.visit or last_visit(cohort)
    if args.visit is not None and args.visit not in cohort.visit_names:
        raise BadUsage(
            "unknown_name",
            f"no visit is called {args.visit!r}",
            "--visit",
            f"There are {', '.join(cohort.visit_names)}",
        )
    out = _folder(args.out)
    page = write_study(cohort, by, visit, out)
    print(f"{len(cohort.patients)} patients, {len(cohort.visits)} visits: {page}", file=sys.stderr)
    return _end(cohort, out)


def _folder(out: Path) -> Path:
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise _not_writable(error, out) from error
    return out


def _not_writable(error: OSError, out: Path) -> BadUsage:
    what = error.strerror or str(error)
    return BadUsage("out_not_writable", what, str(error.filename or out), "Give another place with --out")


def _end(cohort: Cohort, out: Path, more: tuple = ()) -> int:
    """List the problems, and say on the terminal that there are some."""
    from ius_vision.study.problems import write_problems

    problems = (*cohort.problems, *more)
    path, _ = write_problems(problems, out)
    if problems:
        left = f" Rows left out: {cohort.rows_left_out}." if cohort.rows_left_out else ""
        print(f"What is wrong in the table: {len(problems)} findings, in {path}.{left}", file=sys.stderr)
    return 1 if cohort.rows_left_out else 0
