"""Write the pages that repeat what the source says: docs/reasons.md, docs/tables.md, docs/study-columns.md,
the records in docs/scores.md, and the JSON Schema of findings.json. Run it after changing a reason, a column,
an endpoint or a record.

    .venv/bin/python scripts/write_reference_pages.py
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from ius_vision.findings.column import Column, columns_of
from ius_vision.findings.rows import TABLES
from ius_vision.findings.schema import SCHEMA_FILE, schema_text
from ius_vision.findings.worklist import WorklistRow
from ius_vision.reasons import REASONS
from ius_vision.scores import (
    CHANGE_CUT_OFFS,
    CUT_OFFS,
    DEFINITIONS,
    NORMAL_WALL,
    Record,
    definitions,
    endoscopy,
)
from ius_vision.scores.ibus_sas import THIN_WALL, UNUSUAL_WALL, USUAL_MAXIMUM, WEIGHTS
from ius_vision.scores.indices import SUS_CD_BANDS, SUS_CD_VESSELS, UC_IUS_BANDS
from ius_vision.scores.indices import WEIGHTS as INDEX_WEIGHTS
from ius_vision.study.dictionary import DICTIONARY
from ius_vision.study.endpoints import ENDPOINTS
from ius_vision.study.endpoints.dual import ENDPOINT as DUAL

PROJECT = Path(__file__).resolve().parents[1]
MARKER = "<!-- records: written by scripts/write_reference_pages.py -->\n"
REASONS_PAGE = """\
# Reason codes

Whatever is not `measured` or `entered` carries one of these codes and a sentence that says what was found.
Codes are stable: programs may rely on them. Written by `scripts/write_reference_pages.py` from
`ius_vision/reasons.py`.

"""
TABLES_PAGE = """\
# Tables

`ius-vision analyze --out DIR` leaves each table as CSV (UTF-8, comma, decimal point) and as Parquet, with the
same columns. An empty cell is a value that is not known; it never stands for 0. Floats keep six decimals or
nine significant digits, whichever is more. In the CSV, a text that a spreadsheet would run as a formula has
an apostrophe in front. Written by `scripts/write_reference_pages.py` from `ius_vision/findings/rows.py`.
"""
STUDY_PAGE = """\
# Columns and endpoints of a study

What a cohort's table may hold (see [study.md](study.md)), and every endpoint by name. All columns but
`patient_id` and `visit` are optional; an empty cell is not known. Marks: P read in the primary source, S in a
secondary one, M unverified, J a rule of this project. Written by `scripts/write_reference_pages.py` from
`ius_vision/study/dictionary.csv` and `ius_vision/study/endpoints/`.

## Columns

"""
ROWS = {**TABLES, "worklist": WorklistRow}
STANDING = {
    "clips": "a file",
    "frames": "a B-mode frame that was looked at",
    "segments": "a bowel segment of an exam",
    "contrast": "a region of interest of a contrast clip, per model",
    "features": "a bowel segment of an exam",
    "worklist": "an exam, those that need a person most first",
}


def pages() -> dict[Path, str]:
    """The text of every page, by path."""
    scores = PROJECT / "docs" / "scores.md"
    return {
        PROJECT / "docs" / "reasons.md": REASONS_PAGE + _table(("code", "meaning"), _reasons()),
        PROJECT / "docs" / "study-columns.md": STUDY_PAGE + _study(),
        PROJECT / "docs" / "tables.md": TABLES_PAGE + "".join(map(_columns, STANDING)),
        scores: scores.read_text("utf-8").split(MARKER)[0] + MARKER + _records(),
        SCHEMA_FILE: schema_text(),
    }


def _reasons() -> list[tuple[str, str]]:
    return [(f"`{code}`", meaning) for code, meaning in sorted(REASONS.items())]


def _columns(name: str) -> str:
    rows = [(f"`{each.name}`", _kind(each), each.description) for each in columns_of(ROWS[name])]
    return f"\n## {name}: a row is {STANDING[name]}\n\n" + _table(("column", "holds", "meaning"), rows)


def _study() -> str:
    columns = [
        (f"`{each.name}`", each.group.replace("_", " "), each.holds, each.meaning)
        for each in DICTIONARY.values()
    ]
    endpoints = [
        (f"`{each.endpoint}`", f"`{each.name}`", each.rule, each.citation, each.mark)
        for group in ENDPOINTS.values()
        for each in group.values()
        if each.endpoint != DUAL
    ]
    first = next(iter(ENDPOINTS[DUAL]))
    dual = (
        f"\n`{DUAL}` has a definition for each pair of a `clinical_remission` and an `ius_remission`,\n"
        f"such as `{first}`: both at the same visit. The first definition of an endpoint is the one\n"
        "meant where none is named.\n"
    )
    return (
        _table(("column", "group", "a cell holds", "meaning"), columns)
        + "\n## Endpoints\n\n"
        + _table(("endpoint", "definition", "rule", "source", "mark"), endpoints)
        + dual
    )


def _kind(each: Column) -> str:
    if each.choices:
        return ", ".join(f"`{choice}`" for choice in each.choices)
    kind = {str: "text", int: "whole number", float: "number"}[each.kind]
    if each.low is None:
        return kind
    return f"{kind}, {each.low:g} or more" if each.high is None else f"{kind}, {each.low:g} to {each.high:g}"


def _records() -> str:
    parts = [_definitions()]
    parts += [_listed(f"Cut-offs of {score}", table.values()) for score, table in CUT_OFFS.items()]
    parts += [
        _listed("Cut-offs of change", CHANGE_CUT_OFFS.values()),
        _listed("Limits of a normal wall, mm", NORMAL_WALL.values()),
        _listed("Weights", (*WEIGHTS.values(), *INDEX_WEIGHTS.values())),
        _listed("Bands of points", (*UC_IUS_BANDS, *SUS_CD_BANDS, *SUS_CD_VESSELS)),
        _listed("Limits of warnings", (USUAL_MAXIMUM, UNUSUAL_WALL, THIN_WALL)),
        _listed("Limits in definitions", (*definitions.LIMITS.values(), *endoscopy.LIMITS.values())),
    ]
    return "".join(parts)


def _definitions() -> str:
    rows = [
        (f"`{each.name}`", each.response_rule, each.remission_rule, each.citation, each.mark)
        for each in DEFINITIONS.values()
    ]
    return "\n### Definitions\n\n" + _table(("name", "response", "remission", "source", "mark"), rows)


def _listed(title: str, records: Iterable[Record]) -> str:
    rows = [
        (
            f"`{each.name}`",
            f"{each.operator} {each.value}".replace("*", "×"),
            each.says,
            each.figures,
            each.citation,
            f"{each.mark} **{each.note}**" if each.note else each.mark,
        )
        for each in records
    ]
    heads = ("name", "rule", "says", "figures", "source", "mark")
    return f"\n### {title}\n\n" + _table(heads, rows)


def _table(heads: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = [heads, ("---",) * len(heads), *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def main() -> None:
    for path, text in pages().items():
        path.write_text(text, encoding="utf-8", newline="\n")
        print(path.relative_to(PROJECT))


if __name__ == "__main__":
    main()
