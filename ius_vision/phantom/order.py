"""Orders from typed words."""

from __future__ import annotations

from ius_vision.errors import BadUsage
from ius_vision.phantom.plan import DEFAULT_SEGMENTS, VISITS, ExamOrder
from ius_vision.vocabulary import Segment


def exam_order(
    seed: int, segments: str | None, frames: int, visits: str, small: bool, contrast_fault: str = ""
) -> ExamOrder:
    """The order of one patient.

    Parameters
    ----------
    segments : names separated by commas, None for the usual three.
    visits : `baseline`, `week12` or both, separated by a comma.

    Raises
    ------
    BadUsage
        `unknown_name`: a segment or visit that does not exist, or none.
    """
    return ExamOrder(
        (seed,), f"PHANTOM-{seed}", read_segments(segments), frames, read_visits(visits), small=small,
        contrast_fault=contrast_fault,
    )  # fmt: skip


def read_segments(text: str | None) -> tuple[Segment, ...]:
    """Segment names in the order given; the usual three for None.

    Raises
    ------
    BadUsage
        `unknown_name`.
    """
    if text is None:
        return DEFAULT_SEGMENTS
    names = [segment.value for segment in Segment if segment is not Segment.UNKNOWN]
    return tuple(Segment(name) for name in _read(text, names, "--segments"))


def read_visits(text: str) -> tuple[str, ...]:
    """Visit names, in the order of time.

    Raises
    ------
    BadUsage
        `unknown_name`.
    """
    named = _read(text, list(VISITS), "--visit")
    return tuple(visit for visit in VISITS if visit in named)


def _read(text: str, known: list[str], option: str) -> list[str]:
    words = [word.strip() for word in text.split(",") if word.strip()]
    strange = [word for word in words if word not in known]
    if strange or not words:
        what = f"'{strange[0]}' is not known" if strange else "no name was given"
        raise BadUsage("unknown_name", what, option, f"Known are {', '.join(known)}.")
    return list(dict.fromkeys(words))
