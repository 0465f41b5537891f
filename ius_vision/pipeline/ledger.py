"""What an exam's result depends on, as one key: an exam with the same key need not be done again."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field

from ius_vision import __version__
from ius_vision.dicom.clip import ExamFiles
from ius_vision.dicom.manifest import ManifestRow, manifest_key
from ius_vision.errors import IusError
from ius_vision.findings import TABLES
from ius_vision.findings.column import Row, columns_of
from ius_vision.findings.exam import SCHEMA_VERSION, InputFile
from ius_vision.pipeline.settings import MeasureSettings
from ius_vision.pipeline.store import Store, exam_key, file_sha256

# What a clip failed of and may not fail of again with the same input: an error that nobody foresaw may come
# of the machine, such as a library that could not be loaded.
PASSING_REASONS = ("out_of_memory", "analysis_failed")


@dataclass(frozen=True, slots=True)
class KeyMaker:
    """Makes keys from an exam's files, what the manifest says of them, settings, model, card and version."""

    model_sha256: str
    settings: MeasureSettings
    manifest: Mapping[str, ManifestRow]
    card: Mapping[str, object] = field(default_factory=dict)

    def key(self, exam: ExamFiles, inputs: Iterable[InputFile], sop_instance_uids: Iterable[str]) -> str:
        """SHA-256 of everything the exam's result depends on."""
        names = {manifest_key(file) for _, file in exam.files} | set(sop_instance_uids)
        about = {name: self.manifest[name].model_dump(mode="json") for name in names & self.manifest.keys()}
        return exam_key(
            {
                "version": __version__,
                "schema": [SCHEMA_VERSION, {name: _columns(row) for name, row in TABLES.items()}],
                "model": self.model_sha256,
                "card": self.card,
                "settings": asdict(self.settings),
                "manifest": about,
                "inputs": [asdict(item) for item in inputs],
                "unread": [[one.file, one.outcome.reason, one.outcome.detail] for one in exam.unread],
            }
        )

    def is_complete(self, store: Store, exam: ExamFiles) -> bool:
        """Whether the exam's folder holds the result of just these inputs."""
        ledger = store.ledger(exam.exam_id)
        if not ledger:
            return False
        return ledger.get("key") == self.key(exam, hash_inputs(exam), ledger.get("sop_instance_uids", ()))


def _columns(row_type: type[Row]) -> list[str]:
    return [column.name for column in columns_of(row_type)]


def hash_inputs(exam: ExamFiles) -> tuple[InputFile, ...]:
    """The exam's files with the hashes of their bytes."""
    return tuple(InputFile(file, file_sha256(path)) for path, file in exam.files)


def check_unchanged(exam: ExamFiles, inputs: tuple[InputFile, ...]) -> None:
    """Make sure that the files are still those that were hashed before they were analysed.

    Raises
    ------
    IusError
        `input_changed`: one is not; what was found of the exam may be of neither state of the file.
    """
    for before, now in zip(inputs, hash_inputs(exam), strict=True):
        if before != now:
            what = "the file was changed or went away while its exam was analysed"
            raise IusError("input_changed", what, before.file, "Run again when the files are at rest")
