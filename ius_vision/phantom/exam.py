"""Exams and cohorts as DICOM files, with tables of truth beside them."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import numpy as np
import pydicom

from ius_vision.phantom.cine import Cine, build_cine, cine_frames
from ius_vision.phantom.clinical import AS_PUBLISHED, ClinicalOrder, as_texts, clinical_rows, columns_of
from ius_vision.phantom.files import at_least, open_output, write_csv, write_whole
from ius_vision.phantom.header import build_header, draw_habits
from ius_vision.phantom.labels import FrameTruth
from ius_vision.phantom.plan import DEFAULT_SEGMENTS, CinePlan, ExamOrder, Visit, plan_cines, plan_visits
from ius_vision.phantom.pool import drawing_pool
from ius_vision.phantom.storage import SHORT_CLIP, draw_storage, store
from ius_vision.phantom.truth import CLIP_COLUMNS, SEGMENT_COLUMNS, clip_row, flow_cells, segment_rows
from ius_vision.vocabulary import Segment

COHORT_FRAMES = 12


@dataclass(frozen=True, slots=True)
class CohortOrder:
    """`exams` patients drawn from `seed`, each at the given visits."""

    out: Path
    seed: int
    exams: int
    segments: tuple[Segment, ...] = DEFAULT_SEGMENTS
    visits: tuple[str, ...] = ("baseline",)
    frames: int = COHORT_FRAMES
    jobs: int = 1
    clinical: ClinicalOrder = AS_PUBLISHED


Rows = tuple[list[dict[str, object]], list[dict[str, object]]]


def write_exam(out: Path, order: ExamOrder, progress: Callable[[int], None] | None = None) -> Path:
    """Write one patient's exams, `truth.csv` and `truth_segments.csv`.

    Parameters
    ----------
    progress : called with the number of files written so far.

    Returns
    -------
    The path of `truth.csv`.

    Raises
    ------
    BadUsage
        `out_not_writable`, `number_out_of_range`.
    """
    at_least(0, order.key[0], "--seed")
    at_least(1, order.frames, "--frames")
    open_output(out)
    return _write_truth(out, [_write_patient(out, order, progress)])


def write_cohort(order: CohortOrder, progress: Callable[[int], None] | None = None) -> Path:
    """Write many patients into one folder, small screens and short cines, no contrast, and `cohort.csv`.

    Parameters
    ----------
    progress : called with the number of patients written so far.

    Returns
    -------
    The path of `truth.csv`.

    Raises
    ------
    BadUsage
        `out_not_writable`, `number_out_of_range`.
    """
    limits = ((0, order.seed, "--seed"), (1, order.exams, "--exams"), (1, order.frames, "--frames"))
    for least, value, option in (*limits, (1, order.jobs, "--jobs")):
        at_least(least, value, option)
    open_output(order.out)
    write_clinical(order)
    write = partial(_write_patient, order.out)
    if order.jobs == 1:
        made = _counted(map(write, _patients(order)), progress)
        return _write_truth(order.out, list(made))
    with drawing_pool(order.jobs) as pool:
        return _write_truth(order.out, list(_counted(pool.map(write, _patients(order)), progress)))


def write_clinical(order: CohortOrder) -> Path:
    """Write the patients' clinical rows as `cohort.csv`, a row a visit.

    Raises
    ------
    BadUsage
        `out_not_writable`, `number_out_of_range`.
    """
    at_least(1, order.exams, "--exams")
    open_output(order.out)
    rows = [
        row
        for patient in _patients(order)
        for row in clinical_rows(order.clinical, patient.key, patient.patient, plan_visits(patient))
    ]
    write_csv(order.out / "cohort.csv", columns_of(rows), as_texts(rows))
    return order.out / "cohort.csv"


def _patients(order: CohortOrder) -> Iterator[ExamOrder]:
    for index in range(order.exams):
        yield ExamOrder(
            key=(order.seed, index + 1), patient=f"PHANTOM-{order.seed}-{index + 1:03d}",
            segments=order.segments, frames=order.frames, visits=order.visits, contrast=False, small=True,
        )  # fmt: skip


def _counted(made: Iterator[Rows], progress: Callable[[int], None] | None) -> Iterator[Rows]:
    for done, rows in enumerate(made, start=1):
        if progress is not None:
            progress(done)
        yield rows


def _write_patient(out: Path, order: ExamOrder, progress: Callable[[int], None] | None = None) -> Rows:
    clips, segments = [], []
    for visit in plan_visits(order):
        rows = []
        for plan in plan_cines(order, visit):
            rows.append(_write_cine(out, order, visit, plan))
            if progress is not None:
                progress(len(clips) + len(rows))
        clips.extend(rows)
        segments.extend(segment_rows(visit, rows))
    return clips, segments


def _write_cine(out: Path, order: ExamOrder, visit: Visit, plan: CinePlan) -> dict[str, object]:
    rng = np.random.default_rng([*plan.key, 5])
    storage = draw_storage(rng, plan.mode, order.small)
    if not storage.is_jpeg:
        plan = replace(plan, times_s=plan.times_s[:SHORT_CLIP])
    cine = build_cine(plan, visit)
    habits = draw_habits(rng, plan.mode)
    dataset = build_header(order, visit, cine, habits)
    truths: list[FrameTruth] = []
    flows: list[np.ndarray] = []
    store(dataset, _screens(cine, truths, flows), storage)
    dataset.file_meta.TransferSyntaxUID = storage.syntax
    file = f"{order.patient}/{visit.name}/IM{plan.number:04d}.dcm"
    stream = io.BytesIO()
    pydicom.dcmwrite(stream, dataset, enforce_file_format=True)
    write_whole(out / file, stream.getvalue())
    return clip_row(file, dataset, cine, visit, truths) | flow_cells(cine, np.concatenate(flows))


def _screens(cine: Cine, truths: list[FrameTruth], flows: list[np.ndarray]) -> Iterator[np.ndarray]:
    """Screens of a cine; what is true of each is added to `truths` and `flows` on the way."""
    for made in cine_frames(cine):
        truths.append(made.frame.truth)
        flows.append(made.wall_flow_cm_s)
        yield made.rgb


def _write_truth(out: Path, patients: list[Rows]) -> Path:
    clips = [row for patient, _ in patients for row in patient]
    segments = [row for _, patient in patients for row in patient]
    write_csv(out / "truth_segments.csv", SEGMENT_COLUMNS, segments)
    write_csv(out / "truth.csv", CLIP_COLUMNS, clips)
    return out / "truth.csv"
