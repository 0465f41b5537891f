"""One exam under pseudonyms: its pictures and its sentences."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import fields, replace
from typing import TypeVar

import numpy as np

from ius_vision.deidentify.header import naming_words
from ius_vision.deidentify.pixels import find_pictures_to_keep
from ius_vision.dicom.clip import Clip, ExamFiles
from ius_vision.dicom.header import read_header
from ius_vision.errors import IusError
from ius_vision.findings import TABLES, ExamFindings
from ius_vision.findings.column import Row
from ius_vision.pipeline.pictures import PictureFolder

R = TypeVar("R", bound=Row)
HIDDEN = "…"
FREE_TEXT = ("detail", "warnings", "evidence", "overruled")
WORD = re.compile(r"[^\W_]+")


def hide_writing(clip: Clip, name: str, pictures: PictureFolder) -> None:
    """Keep everything but a clip's ultrasound pictures, and writing found in them, out of what is saved."""
    if not clip.areas:  # nothing of such a clip is saved
        return
    try:
        kept = find_pictures_to_keep(clip).mask
    except IusError:  # a frame that cannot be decoded: the clip's row will say so
        kept = np.zeros((clip.rows, clip.columns), bool)
    pictures.keep_only(name, kept)


def words_to_hide(exam: ExamFiles) -> frozenset[str]:
    """Words of an exam's headers by which a person could be known."""
    found: set[str] = set()
    for path, _ in exam.files:
        try:
            found |= naming_words(read_header(path).dataset)
        except IusError:  # its row says so
            continue
    return frozenset(found)


def findings_without(findings: ExamFindings, words: frozenset[str]) -> ExamFindings:
    """Findings whose sentences hold none of the words any more, and that say that names are pseudonyms.

    Columns of fixed words stay as they are.
    """
    rows = {name: _without(getattr(findings, name), words) for name in TABLES}
    return replace(findings, settings={**findings.settings, "pseudonyms": True}, **rows)


def _without(rows: Sequence[R], words: frozenset[str]) -> tuple[R, ...]:
    return tuple(replace(row, **_sentences(row, words)) for row in rows)


def hide(text: str, words: frozenset[str]) -> str:
    """A sentence with an ellipsis in the place of each of these words, in whatever case."""
    return WORD.sub(lambda found: HIDDEN if found[0].lower() in words else found[0], text)


def _sentences(row: Row, words: frozenset[str]) -> dict[str, str]:
    values = {item.name: getattr(row, item.name) for item in fields(row)}
    told = {name: value for name, value in values.items() if isinstance(value, str)}
    return {name: hide(value, words) for name, value in told.items() if name.endswith(FREE_TEXT)}
