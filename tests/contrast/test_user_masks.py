"""A region drawn by the user: on either panel, in any frame, or refused with the reason."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import cv2
import numpy as np
import pytest

from contrast.screens import SPACING, Recording, box, screens
from ius_vision.contrast.crop import Crop
from ius_vision.contrast.reference import Sample, choose_reference
from ius_vision.dicom.manifest import ManifestRow, read_manifest
from ius_vision.errors import BadManifest
from ius_vision.outcomes import Abstained
from ius_vision.pipeline.contrast_masks import user_region

CROP = Crop(box(False), box(True), np.ones((box(True).rows, box(True).columns), bool))
SHIFTS = ((0, 0), (5, -4))


@pytest.fixture(scope="module")
def clip():
    grey = screens(Recording(frames=12, shifts=SHIFTS))[..., 1]

    def open_frames(indices, _colour):
        return ((index, grey[index]) for index in indices)

    return SimpleNamespace(
        frames=len(grey), rows=grey.shape[1], columns=grey.shape[2], open_frames=open_frames
    )


@pytest.fixture(scope="module")
def reference(clip):
    tissue = next(clip.open_frames([0], False))[1][CROP.tissue.slices]
    nothing = np.zeros(tissue.shape, np.float32)
    return choose_reference([Sample(0, tissue, nothing, nothing)], CROP, SPACING)


def drawn(clip, tmp_path: Path, left: bool, rows=(60, 90), columns=(50, 110)) -> Path:
    mask = np.zeros((clip.rows, clip.columns), np.uint8)
    panel = box(left)
    mask[
        panel.row0 + rows[0] : panel.row0 + rows[1], panel.column0 + columns[0] : panel.column0 + columns[1]
    ] = 9
    cv2.imwrite(str(tmp_path / "mask.png"), mask)
    return tmp_path / "mask.png"


def row(mask: Path | None, frame: int | None = None) -> ManifestRow:
    return ManifestRow(file="a.dcm").model_copy(update={"mask": mask, "mask_frame": frame})


@pytest.mark.parametrize("left", [True, False])
def test_it_may_be_drawn_on_either_panel(clip, reference, tmp_path, left):
    found = user_region(clip, row(drawn(clip, tmp_path, left)), CROP, reference)
    expected = np.zeros_like(CROP.valid)
    expected[60:90, 50:110] = True
    assert np.array_equal(found, expected)


def test_drawn_on_another_frame_it_moves_with_the_tissue(clip, reference, tmp_path):
    found = user_region(clip, row(drawn(clip, tmp_path, True), 2), CROP, reference)
    rows, columns = np.nonzero(found)
    assert abs(rows.min() - (60 - SHIFTS[1][0])) <= 1
    assert abs(columns.min() - (50 - SHIFTS[1][1])) <= 1


def test_without_a_mask_there_is_no_region(clip, reference):
    assert user_region(clip, None, CROP, reference) is None
    assert user_region(clip, row(None), CROP, reference) is None


@pytest.mark.parametrize("fault", ["size", "outside", "small", "frame", "no picture", "gone"])
def test_a_mask_that_does_not_fit_is_refused_and_says_why(clip, reference, tmp_path, fault):
    path, frame = drawn(clip, tmp_path, True), None
    if fault == "size":
        cv2.imwrite(str(path), np.full((20, 30), 255, np.uint8))
    elif fault == "outside":
        cv2.imwrite(str(path), np.full((clip.rows, clip.columns), 255, np.uint8))
    elif fault == "small":
        path = drawn(clip, tmp_path, True, (60, 63), (50, 54))
    elif fault == "frame":
        frame = 500
    elif fault == "no picture":
        path.write_bytes(b"no picture")
    else:
        path.unlink()
    refused = user_region(clip, row(path, frame), CROP, reference)
    assert isinstance(refused, Abstained)
    assert refused.reason == "mask_not_usable"
    assert refused.detail.endswith("0 outside of the region.")


def test_the_manifest_finds_masks_beside_itself_and_keys_hang_on_what_they_show(clip, tmp_path):
    drawn(clip, tmp_path, True)
    manifest = tmp_path / "manifest.csv"
    manifest.write_text("file,mask,mask_frame\na.dcm,mask.png,3\nb.dcm,,\n", "utf-8")
    rows = read_manifest(manifest)
    assert rows["a.dcm"].mask == (tmp_path / "mask.png").resolve()
    assert rows["a.dcm"].mask_frame == 3
    assert rows["b.dcm"].mask is None
    before = rows["a.dcm"].model_dump(mode="json")
    drawn(clip, tmp_path, False)
    assert rows["a.dcm"].model_dump(mode="json")["mask"] != before["mask"]
    manifest.write_text("file,mask\na.dcm,absent.png\n", "utf-8")
    with pytest.raises(BadManifest, match=r"absent\.png"):
        read_manifest(manifest)
