"""What is drawn on a clip's key frame, kept so that a page can be made again."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass

from ius_vision.errors import IusError
from ius_vision.report.bolus_evidence import BolusEvidence, bolus_from_record


@dataclass(frozen=True, slots=True)
class Line:
    """A line in frame pixels, (row, column) points; `kind` is inner, outer, ray, caliper, wall, vessel or
    envelope.
    """

    kind: str
    points: tuple[tuple[float, float], ...]


@dataclass(frozen=True, slots=True)
class ClipEvidence:
    """A clip's key frame: the saved crop and what stands on it.

    `picture` is a path below the exam's folder; `frame` counts from 1; `box` is row0, column0, row1, column1
    of the crop in frame pixels; `spacing_mm` is row and column size, None without a scale; `mask` is the
    labels' path, empty where no value stands on them; `bolus` is there for contrast clips.
    """

    file: str
    picture: str
    frame: int
    box: tuple[int, int, int, int]
    spacing_mm: tuple[float, float] | None = None
    lines: tuple[Line, ...] = ()
    caliper_mm: float | None = None
    mask: str = ""
    bolus: BolusEvidence | None = None

    def pictures(self) -> tuple[str, ...]:
        """Every picture that the page shows of the clip."""
        return (self.picture, *(each.picture for each in (self.bolus.maps if self.bolus else ())))


def evidence_to_json(clips: tuple[ClipEvidence, ...]) -> str:
    """One JSON document; equal evidence gives equal text."""
    return (
        json.dumps({"clips": [asdict(clip) for clip in clips]}, ensure_ascii=False, separators=(",", ":"))
        + "\n"
    )


def evidence_from_json(text: str, where: str = "evidence.json") -> dict[str, ClipEvidence]:
    """Read back what `evidence_to_json` wrote, by file.

    Raises
    ------
    IusError
        `findings_unreadable`: the text is not such a document.
    """
    try:
        clips = [_clip(record) for record in json.loads(text)["clips"]]
    except (KeyError, TypeError, ValueError) as error:
        said = f"the key frames do not hold what was expected ({error})"
        raise IusError("findings_unreadable", said, where, "Run analyze again with --fresh") from error
    return {clip.file: clip for clip in clips}


def _clip(record: dict) -> ClipEvidence:
    lines = tuple(
        Line(line["kind"], tuple((row, column) for row, column in line["points"])) for line in record["lines"]
    )
    spacing = record["spacing_mm"]
    return ClipEvidence(
        **record
        | {
            "box": tuple(record["box"]),
            "spacing_mm": tuple(spacing) if spacing else None,
            "lines": lines,
            "bolus": bolus_from_record(record["bolus"]),
        }
    )
