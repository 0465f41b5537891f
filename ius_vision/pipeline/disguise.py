"""Pseudonyms in the place of everything that says whose an exam is, before anything of it is written.

Names and days are those that `deidentify` gives under the same key, so tables of either fit together.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from ius_vision.deidentify.pseudonyms import Pseudonyms
from ius_vision.dicom.clip import Clip, ExamFiles, Scan, Unread
from ius_vision.dicom.manifest import ManifestRow, manifest_key
from ius_vision.dicom.scan import exam_id


@dataclass(frozen=True, slots=True)
class Disguise:
    """Gives exams, clips and rows as they may be shown to others."""

    pseudonyms: Pseudonyms

    @property
    def mark(self) -> str:
        """What tells results under this key from others; nobody can make the key from it."""
        return self.pseudonyms.code("mark", "")

    def scan(self, found: Scan) -> Scan:
        """A scan whose names are pseudonyms; the paths still lead to the files."""
        exams = tuple(self.exam(exam) for exam in found.exams)
        loose = tuple(self._unread(one, f"other/F-{self._code(one.file)}") for one in found.unread)
        return Scan(exams, loose)

    def exam(self, exam: ExamFiles) -> ExamFiles:
        """An exam under pseudonyms; files are named as `deidentify` names their copies."""
        patient = self._patient(exam.patient_id, exam.study_instance_uid)
        shown = self._exam_id(exam)
        folder = f"{patient or 'unknown'}/{shown[-12:]}"
        return ExamFiles(
            exam_id=shown,
            study_instance_uid=self._uid(exam.study_instance_uid),
            patient_id=patient,
            study_date=self._day(exam.study_date, exam.patient_id, exam.study_instance_uid),
            files=tuple(
                (path, f"{folder}/IM{number:04d}.dcm") for number, (path, _) in enumerate(exam.files, start=1)
            ),
            unread=tuple(
                self._unread(one, f"{folder}/other{number:04d}")
                for number, one in enumerate(exam.unread, start=1)
            ),
        )

    def clip(self, clip: Clip) -> Clip:
        """A clip under pseudonyms; its file already has its name."""
        return replace(
            clip,
            sop_instance_uid=self._uid(clip.sop_instance_uid),
            study_instance_uid=self._uid(clip.study_instance_uid),
            patient_id=self._patient(clip.patient_id, clip.study_instance_uid),
            study_date=self._day(clip.study_date, clip.patient_id, clip.study_instance_uid),
        )

    def unread(self, one: Unread) -> Unread:
        """A file that gave no clip, under pseudonyms; it already has its name."""
        return self._unread(one, one.file)

    def manifest(
        self, rows: Mapping[str, ManifestRow], files: Iterable[tuple[str, str]]
    ) -> dict[str, ManifestRow]:
        """The manifest by pseudonyms.

        Parameters
        ----------
        files : pairs of a file's own name and its pseudonym.
        """
        names = {manifest_key(own): shown for own, shown in files}
        return {names.get(key) or self._uid(key): row for key, row in rows.items()}

    def manifest_of(
        self, rows: Mapping[str, ManifestRow], names: Mapping[str, str], uids: Iterable[str]
    ) -> dict[str, ManifestRow]:
        """Of `manifest`, the rows about one exam.

        Parameters
        ----------
        names : pseudonyms by the files' own names.
        uids : SOPInstanceUIDs of the exam.
        """
        by_name = {shown: rows[key] for own, shown in names.items() if (key := manifest_key(own)) in rows}
        return by_name | {self._uid(uid): rows[uid] for uid in uids if uid in rows}

    def _unread(self, one: Unread, shown: str) -> Unread:
        return replace(
            one,
            file=shown,
            study_instance_uid=self._uid(one.study_instance_uid),
            patient_id=self._patient(one.patient_id, one.study_instance_uid),
            study_date=self._day(one.study_date, one.patient_id, one.study_instance_uid),
            sop_instance_uid=self._uid(one.sop_instance_uid),
        )

    def _patient(self, patient_id: str, study_uid: str) -> str:
        named = patient_id or study_uid
        return self.pseudonyms.patient(named) if named else ""

    def _uid(self, uid: str) -> str:
        return self.pseudonyms.uid(uid) if uid else ""

    def _day(self, day: str, patient_id: str, study_uid: str) -> str:
        return self.pseudonyms.day(day, patient_id or study_uid)

    def _exam_id(self, exam: ExamFiles) -> str:
        if exam.study_instance_uid:
            return exam_id(self.pseudonyms.uid(exam.study_instance_uid))
        return f"exam-{self._code(exam.exam_id)}"

    def _code(self, name: str) -> str:
        return self.pseudonyms.code("file", name)


def shown_exam(exam: ExamFiles, disguise: Disguise | None) -> ExamFiles:
    """The exam under the names that everything about it carries."""
    return exam if disguise is None else disguise.exam(exam)
