"""One exam's files to clips: decoded a little, triaged, calibrated and named; the frames stay on disk."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
import pydicom

from ius_vision.dicom.areas import find_areas
from ius_vision.dicom.clip import Calibration, Clip, ExamFiles, ImageArea, Unread
from ius_vision.dicom.duplicates import resolve_duplicates
from ius_vision.dicom.facts import header_facts
from ius_vision.dicom.frames import FrameReader, open_reader
from ius_vision.dicom.header import Header, date, read_header, text
from ius_vision.dicom.manifest import ManifestRow, manifest_row
from ius_vision.dicom.names import find_segment, find_view
from ius_vision.dicom.spectral_region import spectral_region
from ius_vision.dicom.time_base import find_time_base
from ius_vision.dicom.triage import triage
from ius_vision.dicom.velocity import velocity_scale
from ius_vision.errors import IusError, kind_and_place
from ius_vision.outcomes import Failed
from ius_vision.vocabulary import Mode, Segment, View

logger = logging.getLogger(__name__)

LONG_CLIP_FRAMES = 60
HASH_CHUNK_BYTES = 1 << 20


def load_exam(
    exam: ExamFiles,
    manifest: Mapping[str, ManifestRow] | None = None,
    shown_as: Mapping[str, str] | None = None,
) -> tuple[list[Clip], list[Unread]]:
    """Turn an exam's `files` into clips.

    Parameters
    ----------
    shown_as : other names for the files in everything that is given; their own are still read for words.

    Returns
    -------
    Clips in the order of the files, and the files that gave none with the reason. Every one of `exam.files`
    stands in exactly one of the two lists; `exam.unread` is not repeated.

    Notes
    -----
    Decodes at most five frames of a clip. Never raises over a file: whatever is wrong with it is its row.
    """
    clips: list[Clip] = []
    unread: list[Unread] = []
    for path, file in exam.files:
        loaded = _load_guarded(path, file, exam, manifest, (shown_as or {}).get(file, file))
        (clips if isinstance(loaded, Clip) else unread).append(loaded)
    clips, duplicates = resolve_duplicates(clips)
    return clips, unread + duplicates


def _load_guarded(
    path: Path, file: str, exam: ExamFiles, manifest: Mapping[str, ManifestRow] | None, shown: str
) -> Clip | Unread:
    header = None
    try:
        header = read_header(path)
        return replace(_load(path, file, header, exam, manifest), file=shown)
    except IusError as error:
        # The file is named as the user sees it, not by this machine's path.
        where = shown if error.where in (path.name, str(path)) else error.where
        outcome = Failed(error.reason, IusError(error.reason, error.what, where, error.next_step).detail)
    except MemoryError:
        outcome = Failed("out_of_memory", f"The file needs more memory than there is. File: {shown}.")
    except Exception as error:  # one bad file must not end the exam; the cause is in its row and in the log
        logger.debug("loading %s", path, exc_info=True)
        outcome = Failed("unreadable_file", f"The file could not be read ({kind_and_place(error)}).")
    sop = "" if header is None else text(header.dataset, "SOPInstanceUID")
    return Unread(path, shown, outcome, exam.study_instance_uid, exam.patient_id, exam.study_date, sop)


def _load(
    path: Path, file: str, header: Header, exam: ExamFiles, manifest: Mapping[str, ManifestRow] | None
) -> Clip:
    dataset = header.dataset
    row = manifest_row(manifest, file, text(dataset, "SOPInstanceUID"))
    reader = open_reader(path, header)
    samples = _sample_frames(reader)
    areas = find_areas(dataset, samples, row)
    mode, evidence = triage(dataset, samples, areas, row)
    facts = header_facts(dataset) | ({"grey_rule": reader.rule.words} if reader.rule.words else {})
    clip = Clip(
        path=path,
        file=file,
        sop_instance_uid=text(dataset, "SOPInstanceUID"),
        study_instance_uid=text(dataset, "StudyInstanceUID"),
        patient_id=text(dataset, "PatientID"),
        study_date=date(dataset, "StudyDate"),
        frames=reader.frames,
        rows=reader.layout.rows,
        columns=reader.layout.columns,
        mode=mode,
        mode_evidence=evidence,
        segment=find_segment(dataset, file, row),
        view=find_view(dataset, file, row),
        areas=areas,
        time_base=find_time_base(dataset, reader.frames),
        decoder=reader.decoder,
        sha256=file_sha256(path),
        header=facts,
        open_frames=reader,
        luminance_steps=reader.luminance_steps,
        velocity_scale=velocity_scale(dataset, reader.layout.rows, reader.layout.columns, row),
        spectrum=spectral_region(dataset, reader.layout.rows, reader.layout.columns),
        warnings=(*reader.warnings, *header.problems, *_identity_warnings(dataset, exam)),
    )
    return clip if row is None else replace(clip, overruled=_overruled(clip, row, dataset, samples))


def file_sha256(path: Path) -> str:
    """Hash a file without holding it in memory."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(HASH_CHUNK_BYTES):
            digest.update(chunk)
    return digest.hexdigest()


def _sample_frames(reader: FrameReader) -> list[np.ndarray]:
    """Decode the first, middle and last frame, five of a long clip; equally spaced, rising."""
    count = 5 if reader.frames > LONG_CLIP_FRAMES else 3
    wanted = np.unique(np.linspace(0, reader.frames - 1, count).round().astype(int)).tolist()
    return [frame for _, frame in reader(wanted, True)]


def _identity_warnings(dataset: pydicom.Dataset, exam: ExamFiles) -> tuple[str, ...]:
    if text(dataset, "PatientID") != exam.patient_id:
        return ("The PatientID differs from that of the study's first file.",)
    return ()


def _overruled(
    clip: Clip, row: ManifestRow, dataset: pydicom.Dataset, samples: list[np.ndarray]
) -> tuple[str, ...]:
    """Say which of the file's own statements the manifest replaced, by reading the file without it."""
    found = []
    if row.segment is not None:
        own = find_segment(dataset, clip.file, None)
        if own.value not in (Segment.UNKNOWN, clip.segment.value):
            found.append(f"segment: {own.source} says {own.value}, the manifest {clip.segment.value}")
    if row.view is not None:
        own = find_view(dataset, clip.file, None)
        if own.value not in (View.UNKNOWN, clip.view.value):
            found.append(f"view: {own.source} says {own.value}, the manifest {clip.view.value}")
    if row.mm_per_pixel is not None:
        found += _overruled_scale(find_areas(dataset, samples, None), row.mm_per_pixel)
    own_scale = velocity_scale(dataset, clip.rows, clip.columns)
    if row.velocity_scale_cm_s is not None and own_scale is not None:
        found.append(
            f"velocity_scale_cm_s: {own_scale.source} says {own_scale.cm_s:.4g}, the manifest "
            f"{row.velocity_scale_cm_s:g}"
        )
    if row.mode is not None:
        own_mode, _ = triage(dataset, samples, clip.areas, None)
        if own_mode not in (Mode.OTHER, clip.mode):
            found.append(f"mode: tags and pixels say {own_mode}, the manifest {clip.mode}")
    return tuple(found)


def _overruled_scale(areas: tuple[ImageArea, ...], mm_per_pixel: float) -> list[str]:
    own = {area.calibration for area in areas if isinstance(area.calibration, Calibration)}
    return sorted(
        f"mm_per_pixel: {scale.source} says {scale.spacing.column_mm:.6g} x {scale.spacing.row_mm:.6g}, "
        f"the manifest {mm_per_pixel:g}"
        for scale in own
    )
