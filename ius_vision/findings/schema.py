"""The JSON Schema of findings.json, made from the same columns as the tables."""

from __future__ import annotations

import json
from pathlib import Path

from ius_vision.findings.column import Column, columns_of
from ius_vision.findings.exam import SCHEMA_VERSION
from ius_vision.findings.rows import TABLES

SCHEMA_FILE = Path(__file__).with_name("findings.schema.json")
_KINDS = {str: "string", int: "integer", float: "number"}
_TEXT = {"type": "string"}
_HASH = {"type": "string", "pattern": "^([0-9a-f]{64})?$"}


def findings_schema() -> dict:
    """JSON Schema (2020-12) of an exam's findings.json."""
    parts = {
        "schema_version": {"const": SCHEMA_VERSION},
        "exam": _record(
            {
                "exam_id": _TEXT,
                "patient_id": _TEXT,
                "study_instance_uid": _TEXT,
                "study_date": {"type": ["string", "null"]},
            }
        ),
        **{name: {"type": "array", "items": _row(row_type)} for name, row_type in TABLES.items()},
        "inputs": {"type": "array", "items": _record({"file": _TEXT, "sha256": _HASH})},
        "model": {"anyOf": [{"type": "null"}, _record({"name": _TEXT, "version": _TEXT, "sha256": _HASH})]},
        "versions": {"type": "object", "additionalProperties": _TEXT},
        "settings": {"type": "object"},
    }
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "ius-vision findings of one exam",
        **_record(parts),
    }


def schema_text() -> str:
    """The schema as it is shipped in `SCHEMA_FILE`."""
    return json.dumps(findings_schema(), indent=1) + "\n"


def _record(parts: dict[str, dict]) -> dict:
    return {
        "type": "object",
        "properties": parts,
        "required": list(parts),
        "additionalProperties": False,
    }


def _row(row_type: type) -> dict:
    return _record({each.name: _cell(each) for each in columns_of(row_type)})


def _cell(each: Column) -> dict:
    kind = _KINDS[each.kind]
    cell: dict = {"description": each.description, "type": [kind, "null"] if each.optional else kind}
    if each.choices:
        cell["enum"] = [*each.choices, None] if each.optional else list(each.choices)
    if each.low is not None:
        cell["minimum"] = each.low
    if each.high is not None:
        cell["maximum"] = each.high
    return cell
