"""Datasets with patient and scale: folders in nnU-Net v2 layout with a `cases.csv`, and MONAI datalists."""

from __future__ import annotations

import csv
import json
import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ius_vision.errors import BadUsage
from ius_vision.geometry import Spacing
from ius_vision.vocabulary import Label

NEEDED_COLUMNS = ("case", "patient_id", "spacing_x_mm", "spacing_y_mm")
HOW = "See docs/training.md for the layout of a dataset"
BOWEL = tuple(label.name.lower() for label in Label)


@dataclass(frozen=True, slots=True)
class Case:
    """One labelled frame on disk; `row` is its line of `cases.csv`, labels run from 0 to `classes` - 1."""

    name: str
    patient_id: str
    spacing: Spacing
    image: Path
    label: Path
    row: dict[str, str]
    classes: int = len(BOWEL)

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
            `bad_dataset`: a picture cannot be read, sizes differ, or a label has no name.
        """
        grey, labels = _read_grey(self.image), _read_grey(self.label)
        if grey.shape != labels.shape:
            raise _bad(f"image {grey.shape} and label {labels.shape} differ in size", self.label)
        if labels.max(initial=0) >= self.classes:
            raise _bad(f"label {labels.max()} is not one of 0..{self.classes - 1}", self.label)
        return grey, labels


def read_labels(data: Path) -> tuple[str, ...]:
    """Names of a dataset's labels, in the order of their numbers; the first is `background`.

    Parameters
    ----------
    data : folder with a `dataset.json`, or a datalist's JSON file.

    Raises
    ------
    BadUsage
        `bad_dataset`: there are none, or their numbers are not 0, 1, 2, ...
    """
    path = data if data.is_file() else data / "dataset.json"
    try:
        # nnU-Net writes name: number, MONAI number: name.
        pairs = [
            (int(value), key) if str(value).isdigit() else (int(key), str(value))
            for key, value in json.loads(path.read_text("utf-8"))["labels"].items()
        ]
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise _bad(f"no readable 'labels': {error}", path) from error
    names = tuple(name for _, name in sorted(pairs))
    if [number for number, _ in sorted(pairs)] != list(range(len(pairs))) or names[:1] != ("background",):
        raise _bad(
            f"labels are {dict(sorted(pairs))}, needed are 0 background, 1, 2, ... without a gap", path
        )
    return names


def read_dataset(data: Path, labels: tuple[str, ...] = BOWEL) -> tuple[Case, ...]:
    """List the cases of a dataset folder or a datalist, in the order of their names.

    Parameters
    ----------
    data : folder, or a MONAI datalist (`.json`).
    labels : the names its labels must have.

    Raises
    ------
    BadUsage
        `bad_dataset`: a file or column is missing, a value cannot be used, or the labels mean something else.
    """
    cases = _read_datalist(data, labels) if data.is_file() else _read_folder(data, labels)
    if not cases:
        raise _bad("no cases", data)
    if len({case.name for case in cases}) < len(cases):
        raise _bad("the same case is there twice", data)
    return tuple(sorted(cases, key=lambda case: case.name))


def _read_folder(folder: Path, labels: tuple[str, ...]) -> list[Case]:
    table = folder / "cases.csv"
    if not table.is_file():
        raise _bad("no cases.csv", folder)
    _check_labels(folder, labels)
    with table.open(newline="", encoding="utf-8-sig") as stream:
        reader = csv.DictReader(stream)
        missing = [name for name in NEEDED_COLUMNS if name not in (reader.fieldnames or ())]
        if missing:
            raise _bad(f"no column {', '.join(missing)}", table)
        return [_case(folder, row, number, len(labels)) for number, row in enumerate(reader, start=2)]


def _read_datalist(path: Path, labels: tuple[str, ...]) -> list[Case]:
    """Items of `training` and `validation`: `image`, `label`, and the fields of a row of `cases.csv`."""
    _check_labels(path, labels)
    lists = json.loads(path.read_text("utf-8"))
    cases = []
    for part in ("training", "validation"):
        for number, item in enumerate(lists.get(part, [])):
            where = f"{part} item {number}"
            if not isinstance(item, dict):
                raise _bad(f"{where} is no object", path)
            if missing := {"image", "label", *NEEDED_COLUMNS[1:]} - item.keys():
                raise _bad(f"{where} has no {', '.join(sorted(missing))}", path)
            image, label = (path.parent / str(item[key]) for key in ("image", "label"))
            row = {key: "" if value is None else str(value) for key, value in item.items()}
            row["split"] = part if "validation" in lists else ""
            name = row.get("case") or Path(row["image"]).stem
            cases.append(_checked(name, (image, label), row, where, path, len(labels)))
    return cases


def split_by_patient(
    cases: tuple[Case, ...], validation_share: float, seed: int
) -> tuple[tuple[Case, ...], tuple[Case, ...]]:
    """Training and validation cases that share no patient; each side has one where there are two or more.

    Where the dataset itself says `split` (`training`, `validation`), that holds.

    Raises
    ------
    BadUsage
        `bad_dataset`: the dataset's own split has a patient on both sides.
    """
    if any(case.row.get("split") for case in cases):
        held_out = tuple(case for case in cases if case.row.get("split") == "validation")
        kept = tuple(case for case in cases if case.row.get("split") != "validation")
        if both := {case.patient_id for case in held_out} & {case.patient_id for case in kept}:
            raise _bad(f"patient {min(both)} is in training and in validation", held_out[0].image)
        return kept, held_out
    patients = sorted({case.patient_id for case in cases})
    held = min(len(patients) - 1, max(1, round(validation_share * len(patients))))
    chosen = np.random.default_rng(seed).permutation(len(patients))[:held]
    validation = {patients[i] for i in chosen}
    return (
        tuple(case for case in cases if case.patient_id not in validation),
        tuple(case for case in cases if case.patient_id in validation),
    )


def _case(folder: Path, row: dict[str, str], line: int, classes: int) -> Case:
    name = row["case"] or ""
    paths = folder / "imagesTr" / f"{name}_0000.png", folder / "labelsTr" / f"{name}.png"
    if not name or Path(name).name != name:
        raise _bad(f"line {line} names case '{name}', and there is no such picture", paths[0])
    return _checked(name, paths, row, f"line {line}", folder / "cases.csv", classes)


def _checked(name, paths: tuple[Path, Path], row: dict[str, str], where: str, table: Path, classes) -> Case:
    for path in paths:
        if not path.is_file():
            raise _bad(f"{where} names case '{name}', and there is no such picture", path)
    try:
        spacing = Spacing(row_mm=float(row["spacing_y_mm"]), column_mm=float(row["spacing_x_mm"]))
        wall_mm = float(row["bwt_mm"]) if row.get("bwt_mm") else None
    except ValueError as error:
        raise _bad(f"{where}: {error}", table) from error
    if wall_mm is not None and not (math.isfinite(wall_mm) and wall_mm > 0):
        raise _bad(f"{where}: bwt_mm is {wall_mm:g}; leave it empty where no wall is seen", table)
    return Case(name, row["patient_id"] or name, spacing, *paths, row, classes)


def _check_labels(data: Path, wanted: tuple[str, ...]) -> None:
    if (found := read_labels(data)) != wanted:
        raise _bad(f"labels are {', '.join(found)}; needed are {', '.join(wanted)}", data)


def _read_grey(path: Path) -> np.ndarray:
    import cv2

    image = cv2.imdecode(np.fromfile(path, np.uint8), cv2.IMREAD_UNCHANGED)
    if image is None or image.dtype != np.uint8 or image.ndim != 2:
        raise _bad("not an 8-bit grey picture", path)
    return image


def _bad(what: str, where: Path) -> BadUsage:
    return BadUsage("bad_dataset", what, str(where), HOW)
