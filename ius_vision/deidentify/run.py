"""Folders of exams to folders that can be given away, with a page for the person who decides about it."""

from __future__ import annotations

import csv
import io
import logging
import os
import warnings
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import pydicom
from pydicom.dataset import FileMetaDataset
from pydicom.uid import PYDICOM_IMPLEMENTATION_UID

from ius_vision.deidentify.header import clean_header
from ius_vision.deidentify.pixels import Blanked, find_pictures_to_keep, store_pixels, thumbnail
from ius_vision.deidentify.pseudonyms import Pseudonyms, read_key
from ius_vision.deidentify.sheet import Shown, contact_sheet
from ius_vision.dicom.clip import Clip, ExamFiles, Scan, Unread
from ius_vision.dicom.header import read_header
from ius_vision.dicom.load import load_exam
from ius_vision.dicom.scan import scan
from ius_vision.dicom.walk import shown as as_text
from ius_vision.errors import BadUsage, IusError
from ius_vision.findings.formula import guarded, unguarded
from ius_vision.findings.whole_file import whole_file
from ius_vision.outcomes import Failed, Skipped
from ius_vision.vocabulary import Mode, Segment, View

logger = logging.getLogger(__name__)

SHEET = "contact_sheet.html"
LIST_COLUMNS = (
    "input", "output", "patient_id", "pseudonym", "status", "reason", "detail", "texts_blanked", "path",
    "out",
)  # fmt: skip
RELEASED = "released"
THUMBNAIL_PX = 420


@dataclass(frozen=True, slots=True)
class Result:
    """What became of one file, which lies at `path`. `output` is empty where nothing was written."""

    file: str
    output: str
    patient_id: str
    pseudonym: str
    status: str
    reason: str = ""
    detail: str = ""
    texts_blanked: int = 0
    path: str = ""


@dataclass(frozen=True, slots=True)
class Summary:
    """Exit code, files by status, the page to look at, and the list that must stay inside."""

    exit_code: int
    counts: dict[str, int]
    sheet: Path
    linking_list: Path
    with_text: int
    problems: tuple[str, ...]


def deidentify(
    paths: Sequence[Path], out: Path, key: Path, progress: Callable[[int, int], None] | None = None
) -> Summary:
    """Write copies of ultrasound files that name nobody, and a contact sheet of them.

    Parameters
    ----------
    out : folder to be given away; never one that an input lies in.
    key : file of the secret key; made where it is not there. The list of what became what lies beside it.
    progress : called with files done and files in all.

    Raises
    ------
    BadUsage
        A path, the key or the output folder cannot be used, or nothing readable is there.
    """
    found = scan(paths)
    _keep_apart(found, out)
    pseudonyms = read_key(key, out)
    out.mkdir(parents=True, exist_ok=True)
    listed = key.with_name(f"{key.name}.files.csv")
    lines = _read_list(listed)
    taken = {output: path for path, where, output in _released(lines) if where == _place(out)}
    results, shown = [_not_read(one) for one in found.unread], []
    total = sum(len(exam.files) for exam in found.exams)
    for exam in found.exams:
        results += [_not_read(one) for one in exam.unread]
        for result, picture in _exam(exam, out, pseudonyms, taken):
            results.append(result)
            shown += [picture] if picture else []
            if progress:
                progress(len(shown), total)
    with whole_file(out / SHEET) as stream:
        stream.write(contact_sheet(shown).encode("utf-8"))
    _write_list(listed, lines, results, _place(out))
    counts = Counter(result.status for result in results)
    problems = tuple(f"{result.reason}: {result.detail}" for result in results if result.status == "failed")
    with_text = sum(result.texts_blanked > 0 for result in results)
    if not shown:
        what = f"none of the {len(results)} files could be de-identified"
        raise BadUsage("nothing_readable", what, "", f"{listed.name} beside the key says why for each")
    return Summary(1 if problems else 0, dict(counts), out / SHEET, listed, with_text, problems)


def _keep_apart(found: Scan, out: Path) -> None:
    """Make sure that no input can be overwritten.

    Raises
    ------
    BadUsage
        `nothing_readable`: there is no ultrasound image. `out_holds_input`: an input lies below `out`.
    """
    if not found.exams:
        raise BadUsage(
            "nothing_readable", "no ultrasound image was found", "", "Give folders with DICOM images"
        )
    target = out.resolve()
    for exam in found.exams:
        for path, _ in exam.files:
            if target in path.resolve().parents:
                said = f"an input lies in {out}; copies are never written beside originals"
                raise BadUsage("out_holds_input", said, "--out", "Choose an empty folder")


def _exam(
    exam: ExamFiles, out: Path, pseudonyms: Pseudonyms, taken: Mapping[str, str]
) -> Iterator[tuple[Result, Shown | None]]:
    """Every file on its own: two that share a SOPInstanceUID are both of somebody.

    Parameters
    ----------
    taken : where the originals lie of the copies that earlier runs left in `out`.
    """
    patient = pseudonyms.patient(exam.patient_id or exam.study_instance_uid)
    folder = f"{patient}/{pseudonyms.uid(exam.study_instance_uid)[-12:]}"
    for number, (path, file) in enumerate(exam.files, start=1):
        name = f"{folder}/IM{number:04d}.dcm"
        result = Result(file, "", exam.patient_id, patient, "failed", path=_place(path))
        if (out / name).exists() and taken.get(name, result.path) != result.path:
            said = f"{name} is the copy of another file already; give all of an exam at once. File: {file}."
            yield replace(result, reason="copy_would_be_lost", detail=said), None
            continue
        clips, unread = load_exam(replace(exam, files=((path, file),), unread=()))
        if unread:
            outcome = unread[0].outcome
            yield replace(result, status=outcome.status, reason=outcome.reason, detail=outcome.detail), None
            continue
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # that a value was never allowed: it is copied as it is
                shown = _file(clips[0], name, out, pseudonyms)
        except IusError as error:
            yield replace(result, reason=error.reason, detail=error.detail), None
        except OSError:
            raise
        except Exception as error:  # a header that was read and cannot be written: this file's row
            logger.debug("de-identifying %s", file, exc_info=True)
            said = f"The copy of {file} could not be made ({type(error).__name__})."
            yield replace(result, reason="unreadable_file", detail=said), None
        else:
            yield replace(result, output=name, status=RELEASED, texts_blanked=shown.texts), shown


def _file(clip: Clip, name: str, out: Path, pseudonyms: Pseudonyms) -> Shown:
    header = read_header(clip.path)
    dataset = pydicom.Dataset(header.dataset)  # without the encoding it was read in
    kept = find_pictures_to_keep(clip)
    clean_header(dataset, pseudonyms, description_of(clip))
    dataset.BurnedInAnnotation = "NO"
    blanked = Blanked(clip, kept)
    syntax = store_pixels(dataset, blanked, header.transfer_syntax)
    dataset.file_meta = _meta(dataset, syntax)
    dataset.preamble = b"\0" * 128
    target = out / name
    target.parent.mkdir(parents=True, exist_ok=True)
    with whole_file(target) as stream:
        dataset.save_as(stream, implicit_vr=False, little_endian=True, enforce_file_format=True)
    picture = thumbnail(blanked.brightest, kept.texts, THUMBNAIL_PX)
    return Shown(name, clip.frames, len(kept.texts), float(kept.mask.mean()), picture)


def description_of(clip: Clip) -> str:
    """Segment, view and contrast, in words that `analyze` reads again; nothing else of what was written."""
    words = [
        "" if clip.segment.value == Segment.UNKNOWN else clip.segment.value,
        "" if clip.view.value == View.UNKNOWN else clip.view.value,
        "contrast" if clip.mode == Mode.CONTRAST else "",
    ]
    return " ".join(word.replace("_", " ") for word in words if word)


def _meta(dataset: pydicom.Dataset, syntax: str) -> FileMetaDataset:
    """A new file meta group: the old one may name the station that sent the file."""
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID = dataset.SOPClassUID
    meta.MediaStorageSOPInstanceUID = dataset.SOPInstanceUID
    meta.TransferSyntaxUID = syntax
    meta.ImplementationClassUID = PYDICOM_IMPLEMENTATION_UID
    return meta


def _not_read(one: Unread) -> Result:
    """Objects without pictures are not copied: a report is full of names."""
    outcome: Failed | Skipped = one.outcome
    place = _place(one.path)
    return Result(one.file, "", one.patient_id, "", outcome.status, outcome.reason, outcome.detail, 0, place)


def _place(path: Path) -> str:
    return as_text(os.path.realpath(path))


def _read_list(path: Path) -> list[dict[str, str]]:
    """Which file became which in earlier runs under the same key.

    Raises
    ------
    BadUsage
        `bad_key`: the list cannot be read.
    """
    if not path.exists():
        return []
    try:
        with path.open(encoding="utf-8", newline="") as stream:
            return [
                {name: unguarded(cell or "") for name, cell in line.items() if name}
                for line in csv.DictReader(stream)
            ]
    except (OSError, ValueError, csv.Error) as error:
        said = f"the list of what became what cannot be read ({getattr(error, 'strerror', None) or error})"
        raise BadUsage("bad_key", said, str(path), "Put it right, or move it away") from error


def _released(lines: Iterable[Mapping[str, str]]) -> Iterator[tuple[str, str, str]]:
    for line in lines:
        if line.get("status") == RELEASED:
            yield line.get("path", ""), line.get("out", ""), line.get("output", "")


def _write_list(path: Path, before: Iterable[Mapping[str, str]], results: Sequence[Result], out: str) -> None:
    """Which file became which; it names patients, and so lies beside the key. Earlier runs' lines stay."""
    again = {(one.path, out) for one in results}
    kept = [line for line in before if (line.get("path", ""), line.get("out", "")) not in again]
    text_stream = io.StringIO(newline="")
    sheet = csv.writer(text_stream, lineterminator="\n")
    sheet.writerow(LIST_COLUMNS)
    for line in kept:
        sheet.writerow([guarded(line.get(name, "")) for name in LIST_COLUMNS])
    for one in results:
        cells = (one.file, one.output, one.patient_id, one.pseudonym, one.status, one.reason, one.detail)
        sheet.writerow([guarded(str(cell)) for cell in (*cells, one.texts_blanked, one.path, out)])
    with whole_file(path) as stream:
        stream.write(text_stream.getvalue().encode("utf-8", "replace"))
