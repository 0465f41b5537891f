"""The findings of one exam: everything the tables say about it, and what they were made from."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields

from ius_vision.errors import IusError
from ius_vision.findings.column import Row, columns_of
from ius_vision.findings.feature_row import FeatureRow
from ius_vision.findings.rows import TABLES, ClipRow, ContrastRow, FrameRow, SegmentRow

SCHEMA_VERSION = 2


@dataclass(frozen=True, slots=True)
class ExamFacts:
    """Whose exam it is and when; identifiers as the files give them, empty where absent."""

    exam_id: str
    patient_id: str
    study_instance_uid: str
    study_date: str | None


@dataclass(frozen=True, slots=True)
class InputFile:
    """A file that was read, with the SHA-256 of its bytes; empty where they could not be read."""

    file: str
    sha256: str


@dataclass(frozen=True, slots=True)
class ModelUsed:
    """The segmentation model, with the SHA-256 of its weights."""

    name: str
    version: str
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ExamFindings:
    """One exam's findings; `settings` holds plain JSON values.

    Raises
    ------
    ValueError
        A row belongs to another exam, or a frame to no clip.
    """

    exam: ExamFacts
    clips: tuple[ClipRow, ...] = ()
    frames: tuple[FrameRow, ...] = ()
    segments: tuple[SegmentRow, ...] = ()
    contrast: tuple[ContrastRow, ...] = ()
    features: tuple[FeatureRow, ...] = ()
    inputs: tuple[InputFile, ...] = ()
    model: ModelUsed | None = None
    versions: Mapping[str, str] = field(default_factory=dict)
    settings: Mapping[str, object] = field(default_factory=dict)

    def __post_init__(self) -> None:
        rows = (*self.clips, *self.segments, *self.contrast, *self.features)
        strangers = {row.exam_id for row in rows} - {self.exam.exam_id}
        if strangers:
            raise ValueError(f"rows of {', '.join(sorted(strangers))} in the findings of {self.exam.exam_id}")
        lost = {row.file for row in self.frames} - {row.file for row in self.clips}
        if lost:
            raise ValueError(f"frames of files that are no clip of the exam: {', '.join(sorted(lost))}")

    def to_json(self) -> str:
        """One JSON document, as `findings_schema` describes it; equal findings give equal text."""
        document = {"schema_version": SCHEMA_VERSION, **{item.name: None for item in fields(self)}}
        document |= {name: [asdict(row) for row in getattr(self, name)] for name in (*TABLES, "inputs")}
        document["exam"] = asdict(self.exam)
        document["model"] = None if self.model is None else asdict(self.model)
        document["versions"] = dict(sorted(self.versions.items()))
        document["settings"] = dict(sorted(self.settings.items()))
        return json.dumps(document, ensure_ascii=False, indent=1, allow_nan=False) + "\n"

    @classmethod
    def from_json(cls, text: str, where: str = "findings.json") -> ExamFindings:
        """Read back what `to_json` wrote.

        Raises
        ------
        IusError
            `findings_unreadable`: the text is not such a document, or of another schema version.
        """
        try:
            document = json.loads(text)
            if document["schema_version"] != SCHEMA_VERSION:
                raise ValueError(f"schema version {document['schema_version']}, expected {SCHEMA_VERSION}")
            return cls(
                exam=ExamFacts(**document["exam"]),
                inputs=tuple(InputFile(**item) for item in document["inputs"]),
                model=ModelUsed(**document["model"]) if document["model"] else None,
                versions=document["versions"],
                settings=document["settings"],
                **{name: _rows(document[name], row_type) for name, row_type in TABLES.items()},
            )
        except (KeyError, TypeError, ValueError) as error:
            raise IusError(
                "findings_unreadable",
                f"the findings do not hold what was expected ({error})",
                where,
                "Run analyze again to write them anew",
            ) from error


def _rows(records: list[dict], row_type: type[Row]) -> tuple:
    names = [each.name for each in columns_of(row_type)]
    return tuple(row_type(**{name: record[name] for name in names}) for record in records)
