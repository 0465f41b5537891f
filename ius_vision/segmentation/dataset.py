"""Dataset folders: nnU-Net v2 layout with a `cases.csv` that carries patient, scale and truth."""

from __future__ import annotations

import csv
import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ius_vision.errors import BadUsage
from ius_vision.geometry import Spacing
from ius_vision.vocabulary import Label

NEEDED_COLUMNS = ("case", "patient_id", "spacing_x_mm", "spacing_y_mm")
HOW = "See docs/training.md for the layout of a dataset folder"


@dataclass(frozen=True, slots=True)
class Case:
    """One labelled frame on disk; `row` holds its whole line of `cases.csv`."""

    name: str
    patient_id: str
    spacing: Spacing
    image: Path
    label: Path
    row: dict[str, str]

    @property
    def bwt_mm(self) -> float | None:
        """True mean wall thickness, None where no wall is seen."""
        text = self.row.get("bwt_mm", "")
        return float(text) if text else None

    def read(self) -> tuple[np.ndarray, np.ndarray]:
        """Grey and labels, both (rows, columns) uint8.

        Raises
        ------
        BadUsage
            `bad_dataset`: a picture cannot be read, sizes differ, or a label is above 3.
        """
        grey, labels = _read_grey(self.image), _read_grey(self.label)
        if grey.shape != labels.shape:
            raise _bad(f"image {grey.shape} and label {labels.shape} differ in size", self.label)
        if labels.max(initial=0) > max(Label):
            raise _bad(f"label {labels.max()} is not one of 0..{max(Label):d}", self.label)
        return grey, labels


def read_dataset(folder: Path) -> tuple[Case, ...]:
    """List the cases of a dataset folder, in the order of their names.

    Raises
    ------
    BadUsage
        `bad_dataset`: a file or column is missing, a value cannot be used, or the labels mean something else.
    """
    table = folder / "cases.csv"
    if not table.is_file():
        raise _bad("no cases.csv", folder)
    _check_labels(folder / "dataset.json")
    with table.open(newline="", encoding="utf-8-sig") as stream:
        reader = csv.DictReader(stream)
        missing = [name for name in NEEDED_COLUMNS if name not in (reader.fieldnames or ())]
        if missing:
            raise _bad(f"no column {', '.join(missing)}", table)
        cases = [_case(folder, row, number) for number, row in enumerate(reader, start=2)]
    if not cases:
        raise _bad("no cases", table)
    if len({case.name for case in cases}) < len(cases):
        raise _bad("the same case stands in two rows", table)
    return tuple(sorted(cases, key=lambda case: case.name))


def split_by_patient(
    cases: tuple[Case, ...], validation_share: float, seed: int
) -> tuple[tuple[Case, ...], tuple[Case, ...]]:
    """Training and validation cases that share no patient; each side has one where there are two or more."""
    patients = sorted({case.patient_id for case in cases})
    held = min(len(patients) - 1, max(1, round(validation_share * len(patients))))
    chosen = np.random.default_rng(seed).permutation(len(patients))[:held]
    validation = {patients[i] for i in chosen}
    return (
        tuple(case for case in cases if case.patient_id not in validation),
        tuple(case for case in cases if case.patient_id in validation),
    )


def _case(folder: Path, row: dict[str, str], line: int) -> Case:
    name = row["case"] or ""
    image, label = folder / "imagesTr" / f"{name}_0000.png", folder / "labelsTr" / f"{name}.png"
    for path in (image, label):
        if not name or Path(name).name != name or not path.is_file():
            raise _bad(f"line {line} names case '{name}', and there is no such picture", path)
    try:
        spacing = Spacing(row_mm=float(row["spacing_y_mm"]), column_mm=float(row["spacing_x_mm"]))
        float(row.get("bwt_mm") or 0)
    except ValueError as error:
        raise _bad(f"line {line}: {error}", folder / "cases.csv") from error
    return Case(name, row["patient_id"] or name, spacing, image, label, row)


def _check_labels(path: Path) -> None:
    wanted = {label.name.lower(): int(label) for label in Label}
    try:
        labels = json.loads(path.read_text("utf-8"))["labels"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise _bad(f"no readable 'labels' in dataset.json: {error}", path) from error
    if labels != wanted:
        raise _bad(f"labels are {labels}, needed are {wanted}", path)


def _read_grey(path: Path) -> np.ndarray:
    import cv2

    image = cv2.imdecode(np.fromfile(path, np.uint8), cv2.IMREAD_UNCHANGED)
    if image is None or image.dtype != np.uint8 or image.ndim != 2:
        raise _bad("not an 8-bit grey picture", path)
    return image


def _bad(what: str, where: Path) -> BadUsage:
    return BadUsage("bad_dataset", what, str(where), HOW)
