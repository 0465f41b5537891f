"""One exam, from its files to findings, pictures and page in a folder."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, replace
from pathlib import Path

from ius_vision import __version__
from ius_vision.dicom.clip import Clip, ExamFiles, Unread
from ius_vision.dicom.manifest import manifest_row
from ius_vision.findings import ClipRow, ExamFacts, ExamFindings, InputFile, ModelUsed
from ius_vision.pipeline.clip_pass import look_at
from ius_vision.pipeline.contrast_join import Siblings
from ius_vision.pipeline.disguise import Disguise, shown_exam
from ius_vision.pipeline.disguised_exam import findings_without, hide_writing, words_to_hide
from ius_vision.pipeline.features import feature_rows
from ius_vision.pipeline.ledger import PASSING_REASONS, KeyMaker, check_unchanged, hash_inputs
from ius_vision.pipeline.loaded import Loaded, load_shown
from ius_vision.pipeline.pictures import PictureFolder
from ius_vision.pipeline.rows import ClipLook, clip_row, iso_date, unread_row, with_reader_items
from ius_vision.pipeline.segments import segment_rows
from ius_vision.pipeline.store import write_text
from ius_vision.pipeline.tools import Tools
from ius_vision.pipeline.versions import Stopwatch, versions
from ius_vision.report.evidence import evidence_to_json
from ius_vision.report.page import EVIDENCE, FINDINGS, write_page


def analyze_exam(
    given: ExamFiles,
    tools: Tools,
    folder: Path,
    report: Callable[[str], None],
    disguise: Disguise | None = None,
) -> tuple[dict, dict[str, float]]:
    """Do an exam and write everything about it into an empty folder.

    Parameters
    ----------
    report : called with a file's name when its clip is done.
    disguise : puts pseudonyms in the place of all names; None leaves them.

    Returns
    -------
    The ledger that `Store.commit` takes, and seconds a stage.

    Raises
    ------
    IusError
        `input_changed`: a file was changed or went away meanwhile.
    """
    watch = Stopwatch()
    inputs = hash_inputs(shown_exam(given, disguise))
    loaded = load_shown(given, range(len(given.files)), tools, disguise)
    watch.lap("load")
    pictures = PictureFolder(folder)
    looks = [look_at_one(clip, loaded, pictures, report) for clip in loaded.clips]
    watch.lap("measure")
    ledger = write_exam(loaded, inputs, looks, folder)
    watch.lap("write")
    return ledger, watch.seconds


def look_at_one(
    clip: Clip, loaded: Loaded, pictures: PictureFolder, report: Callable[[str], None]
) -> ClipLook:
    """Measure one clip of an exam and take over what a reader says of it."""
    name = loaded.name_of(clip.file)
    if loaded.disguise is not None:
        hide_writing(clip, name, pictures)
    look = look_at(clip, name, loaded.tools, pictures, Siblings(loaded.given, loaded.exam))
    row = manifest_row(loaded.tools.manifest, clip.file, clip.sop_instance_uid)
    report(clip.file)
    return with_reader_items(look, row)


def write_exam(
    loaded: Loaded, inputs: tuple[InputFile, ...], looks: Sequence[ClipLook], folder: Path
) -> dict:
    """Write findings, evidence and page of an exam whose clips were all looked at; its ledger.

    Raises
    ------
    IusError
        `input_changed`: a file was changed or went away since it was hashed.
    """
    exam, tools = loaded.exam, loaded.tools
    findings = _findings(exam, inputs, looks, loaded.unread, tools)
    if loaded.disguise is not None:
        findings = findings_without(findings, words_to_hide(loaded.given))
    write_text(folder / FINDINGS, findings.to_json())
    write_text(folder / EVIDENCE, evidence_to_json(tuple(look.evidence for look in looks if look.evidence)))
    write_page(folder, previous=None)
    check_unchanged(exam, inputs)
    ledger = _ledger(exam, inputs, loaded.clips, loaded.unread, tools)
    if loaded.disguise is not None:
        ledger["pseudonyms"] = loaded.disguise.mark
    if any(row.reason in PASSING_REASONS for row in findings.clips):
        ledger["key"] = ""  # no exam has this key: the next run does it again
    return ledger


def _findings(
    exam: ExamFiles,
    inputs: tuple[InputFile, ...],
    looks: Sequence[ClipLook],
    unread: Sequence[Unread],
    tools: Tools,
) -> ExamFindings:
    model = tools.model
    return ExamFindings(
        exam=ExamFacts(exam.exam_id, exam.patient_id, exam.study_instance_uid, iso_date(exam.study_date)),
        clips=_clip_rows(exam, looks, unread),
        frames=tuple(replace(row, exam_id=exam.exam_id) for look in looks for row in look.frames),
        segments=segment_rows(exam, looks, tools.bwt_error),
        features=feature_rows(exam, looks),
        contrast=tuple(replace(row, exam_id=exam.exam_id) for look in looks for row in look.contrast),
        inputs=inputs,
        model=ModelUsed(model.name, model.version, model.sha256),
        versions=versions(),
        settings={
            "measure": asdict(tools.settings),
            "bwt_error": asdict(tools.bwt_error),
            "model_limits": [str(limit) for limit in model.card.get("limits", ())],
        },
    )


def _clip_rows(exam: ExamFiles, looks: Sequence[ClipLook], unread: Sequence[Unread]) -> tuple[ClipRow, ...]:
    """A row a file, in the order of the exam's files; objects that are no input stand at the end."""
    rows = [clip_row(exam.exam_id, look) for look in looks]
    rows += [unread_row(exam.exam_id, one) for one in unread]
    place = {file: index for index, (_, file) in enumerate(exam.files)}
    rows.sort(key=lambda row: place[row.file])
    return (*rows, *(unread_row(exam.exam_id, one) for one in exam.unread))


def _ledger(
    exam: ExamFiles,
    inputs: tuple[InputFile, ...],
    clips: Sequence[Clip],
    unread: Sequence[Unread],
    tools: Tools,
) -> dict:
    uids = sorted({one.sop_instance_uid for one in (*clips, *unread) if one.sop_instance_uid})
    keys = KeyMaker(tools.model.sha256, tools.settings, tools.manifest, tools.model.card)
    key = keys.key(exam, inputs, uids)
    return {"exam_id": exam.exam_id, "version": __version__, "key": key, "sop_instance_uids": uids}
