"""Dataset folders: what is wrong with one is said with the file and the value."""

from __future__ import annotations

import json

import cv2
import numpy as np
import pytest

from ius_vision.errors import BadUsage
from ius_vision.segmentation.dataset import read_dataset


def test_cases_carry_scale_truth_and_the_rest_of_their_row(dataset_folder):
    cases = read_dataset(dataset_folder())
    assert [case.name for case in cases] == [f"C{i}" for i in range(8)]
    assert (cases[0].spacing.row_mm, cases[0].spacing.column_mm) == (0.25, 0.2)
    assert cases[0].bwt_mm == 3.0
    assert cases[-1].bwt_mm is None
    assert cases[0].row["view"] == "longitudinal"
    grey, labels = cases[0].read()
    assert grey.shape == labels.shape == (96, 112)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("spacing_x_mm", "spacing", "spacing_x_mm"),
        ("C3,P1,0.2", "C3,P1,-0.2", "line 5"),
        ("C3,P1,0.2", "C3,P1,wide", "line 5"),
        ("C3,", "C99,", "C99"),
        ("C3,", "../C3,", "C3"),
        ("3.0\r\nC4", "thick\r\nC4", "thick"),
        ("3.0\r\nC4", "nan\r\nC4", "bwt_mm is nan"),
        ("3.0\r\nC4", "0\r\nC4", "bwt_mm is 0; leave it empty"),
        ("3.0\r\nC4", "-3.0\r\nC4", "bwt_mm is -3"),
    ],
)
def test_a_wrong_table_is_refused_with_the_place(dataset_folder, old, new, said):
    folder = dataset_folder()
    table = folder / "cases.csv"
    text = table.read_bytes().decode()
    assert old in text
    table.write_bytes(text.replace(old, new).encode())
    with pytest.raises(BadUsage, match=said) as caught:
        read_dataset(folder)
    assert caught.value.reason == "bad_dataset"


def test_labels_that_mean_something_else_are_refused(dataset_folder):
    folder = dataset_folder()
    path = folder / "dataset.json"
    path.write_text(json.dumps({"labels": {"background": 0, "wall": 1}}))
    with pytest.raises(BadUsage, match="labels are"):
        read_dataset(folder)


def test_pictures_that_do_not_match_their_labels_are_refused(dataset_folder):
    folder = dataset_folder()
    cv2.imwrite(str(folder / "labelsTr" / "C0.png"), np.full((96, 112), 9, np.uint8))
    cv2.imwrite(str(folder / "labelsTr" / "C1.png"), np.zeros((95, 112), np.uint8))
    (folder / "labelsTr" / "C2.png").write_text("no picture")
    cases = read_dataset(folder)
    for case, said in zip(cases, ("label 9", "differ in size", "not an 8-bit grey picture"), strict=False):
        with pytest.raises(BadUsage, match=said):
            case.read()
