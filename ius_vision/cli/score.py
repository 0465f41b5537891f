"""`ius-vision score`: scores of one bowel segment from values typed in."""

from __future__ import annotations

import argparse
import json
import re

from ius_vision.cli.examples import examples
from ius_vision.errors import BadUsage

_NUMBER = re.compile(r"[0-9]+(\.[0-9]*)?|\.[0-9]+", re.ASCII)
_WHOLE = re.compile(r"[0-9]{1,9}", re.ASCII)
_TITLES = {"ibus_sas": "IBUS-SAS", "buss": "BUSS", "muc": "MUC"}
_ANSWERS = {True: "yes", False: "no", None: "open"}


def add_parser(subparsers) -> argparse.ArgumentParser:
    parser = subparsers.add_parser(
        "score",
        help="scores of one bowel segment from values typed in",
        description="IBUS-SAS, Limberg, BUSS and MUC of one bowel segment, and the published cut-offs they "
        "meet. Leave out what was not assessed: a score is then given as the range that it leaves open.",
        **examples("score --bwt-mm 5.2 --ifat 1 --cds 2 --bws 0", "score --bwt-mm 5.2 --cds 2 --json"),
    )
    parser.add_argument("--bwt-mm", required=True, metavar="X", help="bowel wall thickness, mm")
    parser.add_argument("--ifat", metavar="0..2", help="fat: 0 absent, 1 uncertain, 2 present")
    parser.add_argument(
        "--cds", metavar="0..3", help="flow: 0 none, 1 short, 2 long, 3 long and beyond the wall"
    )
    parser.add_argument(
        "--bws", metavar="0..3", help="layers: 0 kept, 1 uncertain, 2 lost up to 3 cm, 3 further"
    )
    parser.add_argument("--json", action="store_true", help="print one JSON document instead of text")
    return parser


def run(arguments: argparse.Namespace) -> int:
    from ius_vision.scores import ScoreInputError, score_sheet

    items = {name: _grade(getattr(arguments, name), f"--{name}") for name in ("ifat", "cds", "bws")}
    items = {"bwt_mm": _thickness(arguments.bwt_mm), **items}
    try:
        sheet = score_sheet(**items)
    except ScoreInputError as error:
        raise BadUsage(
            "number_out_of_range", str(error), next_step="Leave out what was not assessed"
        ) from error
    print(
        json.dumps(_document(items, sheet), ensure_ascii=False, indent=1) if arguments.json else _text(sheet)
    )
    return 0


def _thickness(text: str) -> float:
    if not _NUMBER.fullmatch(text.strip()):
        raise _not_a_number(text, "--bwt-mm", "millimetres as a decimal number, such as 5.2")
    return float(text)


def _grade(text: str | None, option: str) -> int | None:
    if text is None:
        return None
    if not _WHOLE.fullmatch(text.strip()):
        raise _not_a_number(text, option, "a whole number, or leave it out if it was not assessed")
    return int(text)


def _not_a_number(text: str, option: str, wanted: str) -> BadUsage:
    return BadUsage("number_out_of_range", f"{text!r} is not a number it can be", option, f"Give {wanted}")


def _document(items: dict, sheet) -> dict:
    scores = sheet.scores
    ends = {f"{name}_{end}": getattr(score, end) for name, score in scores.items() for end in ("low", "high")}
    return {
        **items,
        **{name: score.value for name, score in scores.items()},
        **ends,
        "limberg": sheet.limberg.value,
        "modified_limberg": sheet.modified_limberg,
        "reason": sheet.reasons.get("ibus_sas"),
        "reasons": sheet.reasons,
        "missing": list(scores["ibus_sas"].missing),
        "warnings": list(scores["ibus_sas"].warnings),
        "cut_offs": [_cut_off(verdict) for verdict in sheet.verdicts],
    }


def _cut_off(verdict) -> dict:
    record = verdict.record
    return {
        "score": verdict.score,
        "name": record.name,
        "operator": record.operator,
        "value": float(record.value),
        "says": record.says,
        "met": verdict.met,
        "figures": record.figures,
        "citation": record.citation,
        "mark": record.mark,
        "note": record.note,
    }


def _text(sheet) -> str:
    from ius_vision.reasons import REASONS

    lines = [f"{_TITLES[name]:10}{_amount(score)}" for name, score in sheet.scores.items()]
    limberg = sheet.limberg
    lines.insert(1, f"{'Limberg':10}{limberg.value if limberg.reason is None else REASONS[limberg.reason]}")
    lines += [f"Note: {warning}" for warning in sheet.scores["ibus_sas"].warnings]
    lines += ["", "Published cut-offs; they disagree, so name the one you use."]
    return "\n".join([*lines, *(line for verdict in sheet.verdicts for line in _verdict_lines(verdict))])


def _amount(score) -> str:
    if score.value is not None:
        return f"{score.value:.10g}"
    return f"{score.low:.10g} to {score.high:.10g}; not assessed: {', '.join(score.missing)}"


def _verdict_lines(verdict) -> list[str]:
    from ius_vision.scores import MARKS

    record = verdict.record
    rule = f"{_TITLES[verdict.score]} {record.operator} {record.value}: {record.says}"
    lines = ["", f"{_ANSWERS[verdict.met]:5}{rule}"]
    lines.append(f"     {record.name}; {record.citation} [{record.mark}: {MARKS[record.mark]}]")
    return [*lines, f"     {record.figures}"] if record.figures else lines
