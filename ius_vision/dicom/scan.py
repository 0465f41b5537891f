"""Folders to exams, by headers only."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Sequence
from pathlib import Path

from ius_vision.dicom.classify import not_an_input, read_identity
from ius_vision.dicom.clip import ExamFiles, Scan, Unread
from ius_vision.dicom.header import date, text
from ius_vision.dicom.walk import FoundFile, find_files, natural_key
from ius_vision.outcomes import Failed, Skipped

CLEAN_UID = re.compile(r"[0-9]+(\.[0-9]+)+")
LONGEST_UID = 64
ID_DIGITS = 16


class _Group:
    """The files of one study while they are being found."""

    def __init__(self, exam_id: str, study_uid: str) -> None:
        self.exam_id = exam_id
        self.study_uid = study_uid
        self.patient_id = ""
        self.study_date = ""
        self.files: list[tuple[Path, str]] = []
        self.unread: list[Unread] = []

    def finished(self) -> ExamFiles:
        return ExamFiles(
            self.exam_id,
            self.study_uid,
            self.patient_id,
            self.study_date,
            tuple(self.files),
            tuple(self.unread),
        )


def scan(paths: Sequence[Path], progress: Callable[[int], None] | None = None) -> Scan:
    """Find the ultrasound images below the given paths and group them by study.

    Parameters
    ----------
    paths : files and folders, searched at any depth.
    progress : called with the number of files looked at so far.

    Returns
    -------
    Exams ordered by patient and date, their files by name with IM2 before IM10. Objects that are no input
    stand in the `unread` of their exam where it has images, else in the scan's own.

    Raises
    ------
    BadUsage
        A given path does not exist.

    Notes
    -----
    Reads headers only. A study without StudyInstanceUID is taken to be what one folder holds of one patient
    and date.
    """
    groups: dict[str, _Group] = {}
    loose: list[Unread] = []
    for count, found in enumerate(find_files([Path(path) for path in paths]), start=1):
        _place(found, groups, loose)
        if progress is not None:
            progress(count)
    exams = []
    for group in groups.values():
        if group.files:
            exams.append(group.finished())
        else:
            loose.extend(group.unread)
    exams.sort(key=lambda exam: (natural_key(exam.patient_id), exam.study_date, exam.exam_id))
    return Scan(tuple(exams), tuple(sorted(loose, key=lambda unread: natural_key(unread.file))))


def _place(found: FoundFile, groups: dict[str, _Group], loose: list[Unread]) -> None:
    if found.problem:
        kind = Skipped("hidden_folder", f"{found.problem}.") if found.hidden else None
        outcome = kind or Failed("unreadable_file", f"{found.problem}.")
        loose.append(Unread(found.path, found.file, outcome))
        return
    identity = read_identity(found.path)
    if isinstance(identity, (Skipped, Failed)):
        loose.append(Unread(found.path, found.file, identity))
        return
    study, patient = text(identity, "StudyInstanceUID"), text(identity, "PatientID")
    study_date = date(identity, "StudyDate")
    outcome = not_an_input(identity)
    key = exam_id(study, (found.folder, patient, study_date))
    group = groups.setdefault(key, _Group(key, study))
    if outcome is None:
        if not group.files:
            group.patient_id, group.study_date = patient, study_date
        group.files.append((found.path, found.file))
        return
    sop = text(identity, "SOPInstanceUID")
    group.unread.append(Unread(found.path, found.file, outcome, study, patient, study_date, sop))


def exam_id(study_uid: str, otherwise: tuple[str, ...] = ()) -> str:
    """Make an exam's name, safe as a folder everywhere: the UID where it is a clean one, else a hash.

    Parameters
    ----------
    study_uid : StudyInstanceUID as written; may be empty or hostile.
    otherwise : what tells the exam apart where the UID is empty.
    """
    if len(study_uid) <= LONGEST_UID and CLEAN_UID.fullmatch(study_uid):
        return study_uid
    named = study_uid or "\0".join(("", *otherwise))
    return "exam-" + hashlib.sha256(named.encode("utf-8", "backslashreplace")).hexdigest()[:ID_DIGITS]
