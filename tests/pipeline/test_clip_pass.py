"""One clip: the fork by mode, what each way leaves on disk, and what becomes of a clip that breaks."""

from __future__ import annotations

import re
from dataclasses import replace

import cv2
import numpy as np
import pytest

from ius_vision.dicom.clip import Calibration, ImageArea
from ius_vision.errors import Unreadable
from ius_vision.geometry import Box, Spacing
from ius_vision.outcomes import Abstained, Failed, Measured
from ius_vision.pipeline.clip_pass import look_at
from ius_vision.pipeline.frames_pass import MOST_IN_VAIN
from ius_vision.pipeline.pictures import PictureFolder
from ius_vision.pipeline.scene import evenly_spaced
from ius_vision.pipeline.settings import MeasureSettings
from ius_vision.vocabulary import Label, Mode

from .conftest import COLUMNS, MM, NO_SCALE, ROWS, KnowingModel, labels_of_scene, scene


@pytest.fixture
def pictures(tmp_path) -> PictureFolder:
    return PictureFolder(tmp_path)


def masks(pictures: PictureFolder) -> list[str]:
    return sorted(path.name for path in (pictures.root / "masks").iterdir())


def coloured(index: int) -> np.ndarray:
    """The scene with a red vessel of 3 mm in the near wall."""
    rgb = np.repeat(scene(index)[..., None], 3, axis=2)
    rgb[56:61, 100:115] = (200, 40, 20)
    return rgb


def test_a_b_mode_clip_is_measured_with_a_mask_a_measured_frame(make_clip, tools, pictures):
    look = look_at(make_clip(frames=3), "001_IM", tools, pictures)
    assert look.items["bwt"].value == pytest.approx(4.0, abs=0.15)
    assert [row.frame for row in look.frames] == [1, 2, 3]
    assert [row.time_s for row in look.frames] == [0.0, 0.04, 0.08]
    assert masks(pictures) == [f"001_IM_frame_000{frame}.png" for frame in (1, 2, 3)]
    mask = cv2.imread(str(pictures.root / look.frames[0].mask), cv2.IMREAD_UNCHANGED)
    assert np.array_equal(mask, labels_of_scene())


def test_the_key_frame_carries_both_interfaces_and_the_standing_caliper(make_clip, tools, pictures):
    evidence = look_at(make_clip(), "001_IM", tools, pictures).evidence
    assert {line.kind for line in evidence.lines} == {"inner", "outer", "ray", "caliper"}
    (caliper,) = [line for line in evidence.lines if line.kind == "caliper"]
    length_mm = np.hypot(*np.subtract(*caliper.points)) * MM
    assert length_mm == pytest.approx(evidence.caliper_mm, abs=0.05)
    assert (pictures.root / evidence.picture).is_file()


def test_a_long_clip_is_looked_at_in_evenly_spaced_frames(make_clip, tools, pictures):
    few = replace(tools, settings=MeasureSettings(b_mode_frames=4))
    look = look_at(make_clip(frames=100), "001_IM", few, pictures)
    assert [row.frame for row in look.frames] == [1, 34, 67, 100]
    assert look.frames_looked_at == 4


@pytest.mark.parametrize(
    ("total", "limit", "expected"),
    [(3, 5, [0, 1, 2]), (5, 5, [0, 1, 2, 3, 4]), (9, 3, [0, 4, 8]), (2, 1, [0]), (1, 1, [0])],
)
def test_spaced_frames_reach_from_the_first_to_the_last(total, limit, expected):
    assert evenly_spaced(total, limit) == expected


class SlippingModel(KnowingModel):
    """Takes the wall for 2 mm thicker where the picture's first pixel is white."""

    def segment(self, grey, spacing, area_mask, magnification=1.0):
        seen = super().segment(grey, spacing, area_mask)
        if grey[0, 0] == 255:
            seen.labels[40:50] = seen.labels[110:120] = Label.WALL
            return replace(seen, wall_probability=(seen.labels == Label.WALL).astype(np.float32))
        return seen


def slipping(index: int) -> np.ndarray:
    grey = scene(index)
    if index == 2:
        grey[40:50] = grey[110:120] = grey[50:60]
        grey[0, 0] = 255
    return grey


def test_a_frame_that_disagrees_is_told_and_left_out_of_the_mean(make_clip, tools, pictures):
    slips = replace(tools, model=SlippingModel())
    look = look_at(make_clip(frames=6, frame=slipping), "001_IM", slips, pictures)
    told = [row.bwt_mm for row in look.frames if row.bwt_mm is not None]
    assert look.items["bwt"].value == pytest.approx(np.mean(told))
    aside = look.frames[2]
    assert (aside.status, aside.reason, aside.bwt_mm, aside.bws) == (
        "abstained",
        "frame_disagrees",
        None,
        None,
    )
    assert "6.0 mm thick here and 4.0 mm" in aside.detail
    assert masks(pictures) == [f"001_IM_frame_000{frame}.png" for frame in (1, 2, 4, 5, 6)]


class CountingModel(KnowingModel):
    """Remembers how large it was shown every frame."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[float] = []

    def segment(self, grey, spacing, area_mask, magnification=1.0):
        self.asked.append(magnification)
        return super().segment(grey, spacing, area_mask)


def test_a_clip_that_shows_no_wall_is_not_looked_at_twice_for_ever(make_clip, tools, pictures):
    model = CountingModel()
    blind = replace(tools, model=model)
    black = np.zeros_like(scene())
    look_at(make_clip(frames=12, frame=lambda index: black), "001_IM", blind, pictures)
    assert len(model.asked) == 12 + MOST_IN_VAIN
    assert model.asked[-7:] == [1.0] * 7


def test_frames_without_wall_abstain_and_leave_no_mask(make_clip, tools, pictures):
    dark = make_clip(frame=lambda index: np.zeros((ROWS, COLUMNS), np.uint8))
    look = look_at(dark, "001_IM", tools, pictures)
    assert isinstance(look.items["bwt"], Abstained)
    assert {row.status for row in look.frames} == {"abstained"}
    assert {row.wall_length_mm for row in look.frames} == {None}
    assert masks(pictures) == []


def test_a_clip_without_millimetres_abstains_with_the_scale_s_own_reason(make_clip, tools, pictures):
    for mode, item in ((Mode.B_MODE, "bwt"), (Mode.COLOR_DOPPLER, "cds")):
        look = look_at(make_clip(mode=mode, scale=NO_SCALE), "001_IM", tools, pictures)
        assert look.items[item] == NO_SCALE
    assert masks(pictures) == []


def test_a_screen_without_a_picture_abstains(make_clip, tools, pictures):
    look = look_at(make_clip(areas=False), "001_IM", tools, pictures)
    assert look.items["bwt"].reason == "no_image_area"
    assert look.evidence is None


def test_colour_in_the_wall_is_graded_and_drawn(make_clip, tools, pictures):
    clip = make_clip(mode=Mode.COLOR_DOPPLER, frames=5, frame=coloured)
    look = look_at(clip, "002_IM", tools, pictures)
    assert isinstance(look.items["cds"], Measured)
    assert look.items["cds"].value >= 1
    assert look.flow.vascularity_index_percent > 0
    assert {"wall", "vessel"} <= {line.kind for line in look.evidence.lines}
    assert look.evidence.mask.removeprefix("masks/") in masks(pictures)


def test_colour_is_graded_in_the_panel_that_holds_it(make_clip, tools, pictures):
    """Two pictures side by side: grey and a larger scale on the left, flow on the right."""
    scale = Calibration(Spacing(MM, MM), "dicom_region")
    left = ImageArea(Box(0, 0, ROWS, COLUMNS // 2 + 20), scale)
    right = ImageArea(Box(0, COLUMNS // 2 + 20, ROWS, COLUMNS), scale)

    def flow_right(index):
        rgb = np.repeat(scene(index)[..., None], 3, axis=2)
        rgb[56:61, 180:195] = (200, 40, 20)
        return rgb

    clip = make_clip(mode=Mode.COLOR_DOPPLER, frames=5, frame=flow_right)
    look = look_at(replace(clip, areas=(left, right)), "002_IM", tools, pictures)
    assert look.items["cds"].value >= 1
    assert look.evidence.box[1] >= COLUMNS // 2


@pytest.mark.parametrize("mode", [Mode.M_MODE, Mode.ELASTOGRAPHY, Mode.OTHER])
def test_modes_that_are_not_measured_say_so(make_clip, tools, pictures, mode):
    look = look_at(make_clip(mode=mode), "004_IM", tools, pictures)
    assert look.outcome.reason == "mode_not_measured"


def test_a_spectrum_without_axes_says_so(make_clip, tools, pictures):
    look = look_at(make_clip(mode=Mode.SPECTRAL_DOPPLER), "004_IM", tools, pictures)
    assert look.outcome.reason == "spectrum_not_calibrated"


def breaking(error: Exception):
    def frame(index):
        if index == 2:
            raise error
        return scene(index)

    return frame


def test_a_frame_that_cannot_be_decoded_fails_the_clip_and_leaves_nothing_of_it(make_clip, tools, pictures):
    error = Unreadable("pixel_data_corrupt", "Frame 3: the stream ends early", "/somewhere/else/IM0001.dcm")
    look = look_at(make_clip(frame=breaking(error)), "001_IM", tools, pictures)
    assert look.items["bwt"].status == "failed"
    assert look.items["bwt"].reason == "pixel_data_corrupt"
    assert "a/IM0001.dcm" in look.items["bwt"].detail
    assert "/somewhere" not in look.items["bwt"].detail
    assert masks(pictures) == []


def test_an_unexpected_error_fails_the_clip_only(make_clip, tools, pictures):
    look = look_at(make_clip(frame=breaking(ZeroDivisionError("oh"))), "001_IM", tools, pictures)
    assert isinstance(look.outcome, Failed)
    assert look.outcome.reason == "analysis_failed"
    # The error's own words may hold what stands in the file, such as a name.
    assert re.fullmatch(
        r"The analysis of a/IM0001\.dcm ended with ZeroDivisionError in pipeline/frames_pass\.py, line \d+; "
        r"please report it\.",
        look.outcome.detail,
    )


def test_a_full_disk_is_not_the_clip_s_failure(make_clip, tools, pictures):
    with pytest.raises(OSError, match="No space left"):
        look_at(make_clip(frame=breaking(OSError(28, "No space left"))), "001_IM", tools, pictures)


def test_a_picture_of_a_few_pixels_is_not_looked_at(make_clip, tools, pictures):
    clip = make_clip()
    (area,) = clip.areas
    tiny = replace(clip, areas=(replace(area, box=Box(0, 0, 8, COLUMNS)),))
    outcome = look_at(tiny, "001_IM", tools, pictures).items["bwt"]
    assert outcome.reason == "no_image_area"
    assert "240 x 8 pixels" in outcome.detail


@pytest.mark.parametrize(("evidence", "graded"), [("manifest", False), ("region 1 is colour flow", True)])
def test_a_grey_clip_that_only_the_manifest_calls_doppler_gets_no_grade(
    make_clip, tools, pictures, evidence, graded
):
    clip = replace(make_clip(mode=Mode.COLOR_DOPPLER), mode_evidence=(evidence,))
    cds = look_at(clip, "001_IM", tools, pictures).items["cds"]
    assert cds == Measured(0) if graded else cds.reason == "not_a_doppler_clip"


def test_colour_in_a_clip_that_only_the_manifest_calls_doppler_is_graded(make_clip, tools, pictures):
    clip = replace(make_clip(mode=Mode.COLOR_DOPPLER, frame=coloured), mode_evidence=("manifest",))
    assert look_at(clip, "001_IM", tools, pictures).items["cds"] == Measured(1)


def test_a_library_that_cannot_be_loaded_is_the_clip_s_failure_and_no_full_disk(make_clip, tools, pictures):
    look = look_at(
        make_clip(frame=breaking(OSError("liba.so: Cannot allocate memory"))), "1", tools, pictures
    )
    assert look.outcome.reason == "out_of_memory"
    look = look_at(make_clip(frame=breaking(OSError("liba.so: not found"))), "1", tools, pictures)
    assert look.outcome.reason == "analysis_failed"
