"""The rows of the tables. The contract's columns come first, in its order; None is an empty cell."""

from __future__ import annotations

from dataclasses import dataclass

from ius_vision.findings.column import (
    HAS_VALUE,
    STATUSES,
    Row,
    check_interval,
    check_item,
    check_outcome,
    column,
)
from ius_vision.findings.contrast_row import ContrastRow
from ius_vision.findings.feature_row import YES_NO, FeatureRow
from ius_vision.vocabulary import Mode, Segment, View

ITEMS = ("bwt", "bws", "ifat", "cds")

_MODES, _SEGMENTS, _VIEWS = tuple(Mode), tuple(Segment), tuple(View)


@dataclass(frozen=True, slots=True, kw_only=True)
class ClipRow(Row):
    """A file: what it is and what was measured in it. An item nobody looked for in its mode has no status."""

    exam_id: str = column("folder name of the exam; empty where the file belongs to none", required=True)
    patient_id: str = column("PatientID as the file gives it", required=True)
    study_instance_uid: str = column("StudyInstanceUID", required=True)
    sop_instance_uid: str = column("SOPInstanceUID", required=True)
    file: str = column("path relative to the folder that was given", required=True)
    mode: str | None = column("imaging mode", choices=_MODES)
    segment: str | None = column("bowel segment", choices=_SEGMENTS)
    segment_source: str | None = column("where the segment's name was read")
    view: str | None = column("view of the bowel", choices=_VIEWS)
    frames: int | None = column("frames in the file", low=0)
    rows: int | None = column("pixel rows", low=0)
    columns: int | None = column("pixel columns", low=0)
    spacing_x_mm: float | None = column("millimetres from one pixel column to the next", low=0)
    spacing_y_mm: float | None = column("millimetres from one pixel row to the next", low=0)
    spacing_source: str | None = column("what the scale was taken from")
    status: str = column("what came of the file", required=True, choices=STATUSES)
    reason: str | None = column("code of why there is no value")
    detail: str | None = column("what was found, and what can be done")
    best_frame: int | None = column("frame that stands for the value, from 1", low=1)
    bwt_mm: float | None = column("bowel wall thickness over the assessable frames", low=0)
    bwt_ci_low_mm: float | None = column("lower end of its 95 % interval", low=0)
    bwt_ci_high_mm: float | None = column("upper end of its 95 % interval", low=0)
    cds: int | None = column("colour Doppler signal, 0 to 3", low=0, high=3)
    bws: int | None = column("bowel wall stratification, 0 to 3", low=0, high=3)
    ifat: int | None = column("inflammatory fat, 0 to 2", low=0, high=2)
    bwt_status: str | None = column("what came of the thickness", choices=STATUSES)
    bwt_reason: str | None = column("code of why there is no thickness")
    bwt_detail: str | None = column("what was found, and what can be done")
    bws_status: str | None = column("what came of the stratification", choices=STATUSES)
    bws_reason: str | None = column("code of why there is no stratification")
    bws_detail: str | None = column("what was found, and what can be done")
    ifat_status: str | None = column("what came of the fat", choices=STATUSES)
    ifat_reason: str | None = column("code of why there is no fat grade")
    ifat_detail: str | None = column("what was found, and what can be done")
    cds_status: str | None = column("what came of the Doppler grade", choices=STATUSES)
    cds_reason: str | None = column("code of why there is no Doppler grade")
    cds_detail: str | None = column("what was found, and what can be done")
    frames_looked_at: int | None = column("frames that were examined", low=0)
    frames_measured: int | None = column("frames that gave a thickness", low=0)
    vascularity_index_percent: float | None = column("coloured share of the wall's pixels", low=0, high=100)
    study_date: str | None = column("StudyDate, YYYY-MM-DD")
    mode_evidence: str | None = column("what the mode was told from")
    view_source: str | None = column("where the view was read")
    calibration_evidence: str | None = column("every source of scale that was looked at, and what it said")
    time_source: str | None = column("attribute the frame times come from")
    decoder: str | None = column("what read the pixels")
    decoder_version: str | None = column("version of the decoder")
    sha256: str | None = column("SHA-256 of the file")
    overruled: str | None = column("what the manifest overruled")
    warnings: str | None = column("what a reader should know about this file")
    lost_layer_mm: float | None = column("length over which the layers are lost, median of the frames", low=0)
    fat_mm: float | None = column("length of wall beside inflamed fat, mean of the frames", low=0)
    fat_excess_db: float | None = column("echo level beside the wall above other tissue, mean of the frames")
    fat_thickness_mm: float | None = column("thickness of inflamed fat, mean over all wall seen", low=0)
    fat_burden_db_mm: float | None = column("excess of inflamed fat summed over its thickness, likewise")
    fat_probability_percent: float | None = column(
        "the model's probability of inflamed fat beside the quarter of wall with most", low=0, high=100
    )
    fat_peak_db_mm: float | None = column(
        "excess outwards, as far as probably fat, beside the quarter of wall with most"
    )
    vascularity_peak_percent: float | None = column("the same in the frame with most", low=0, high=100)
    flow_time_percent: float | None = column("frames that show flow in the wall", low=0, high=100)
    vessels_per_cm2: float | None = column("persistent signals of the wall over its area", low=0)
    vessel_length_percent: float | None = column("length of signals over the wall's own", low=0, high=100)
    longest_vessel_mm: float | None = column("length of the longest signal along the wall", low=0)
    vessel_beyond_mm: float | None = column("farthest that a signal of the wall runs beyond it", low=0)
    velocity_scale_cm_s: float | None = column("half of what the colour map spans from end to end", low=0)
    velocity_scale_source: str | None = column("where it was read")
    wall_in_box_percent: float | None = column("wall inside the coloured picture", low=0, high=100)
    colour_noise_percent: float | None = column("picture coloured for a moment only", low=0, high=100)
    lymph_nodes: str | None = column("enlarged lymph nodes, as a reader entered", choices=YES_NO)
    free_fluid: str | None = column("free fluid, as a reader entered", choices=YES_NO)
    flow_towards_percent: float | None = column(
        "coloured pixels of the wall's vessels that flow towards the probe", low=0, high=100
    )
    flow_aliased: str | None = column("whether their flow is too fast for the colour map", choices=YES_NO)
    velocity_mean_cm_s: float | None = column("their mean velocity along the beam, above 0 towards the probe")
    velocity_speed_cm_s: float | None = column("the same without sign", low=0)
    velocity_peak_towards_cm_s: float | None = column(
        "velocity that 95 % of those towards the probe stay below; empty below 5 % of all", low=0
    )
    velocity_peak_away_cm_s: float | None = column("the same away from the probe, below 0", high=0)
    velocity_status: str | None = column("what came of the velocity", choices=STATUSES)
    velocity_reason: str | None = column("code of why there is no velocity")
    velocity_detail: str | None = column("what was found, and what can be done")
    psv_cm_s: float | None = column("peak systolic velocity of a spectrum, above 0 towards the probe")
    edv_cm_s: float | None = column("end-diastolic velocity of a spectrum, signed as the peak")
    resistive_index: float | None = column("(PSV - EDV) / PSV", low=0, high=1)
    spectral_beats: int | None = column("whole beats of the spectrum that were read", low=1)
    heart_rate_bpm: float | None = column("beats a minute, from the distance of its systoles", low=0)
    doppler_angle_deg: float | None = column("angle that the machine corrected a spectrum for")

    def __post_init__(self) -> None:
        Row.__post_init__(self)
        check_outcome(self)
        check_item(self, "velocity", self.velocity_mean_cm_s)
        for item, value in zip(ITEMS, (self.bwt_mm, self.bws, self.ifat, self.cds), strict=True):
            check_item(self, item, value)
        check_interval(self.bwt_ci_low_mm, self.bwt_mm, self.bwt_ci_high_mm, "bwt_mm")


@dataclass(frozen=True, slots=True, kw_only=True)
class FrameRow(Row):
    """A B-mode frame that was looked at."""

    file: str = column("path relative to the folder that was given", required=True)
    frame: int = column("frame number, from 1", required=True, low=1)
    time_s: float | None = column("time from the first frame", decimals=9)
    quality: float | None = column("how well the wall is seen, 0 to 1", low=0, high=1)
    status: str = column("what came of the frame", required=True, choices=STATUSES)
    reason: str | None = column("code of why there is no thickness")
    bwt_mm: float | None = column("mean thickness over the measurable wall", low=0)
    bwt_max_mm: float | None = column("mean thickness of the thickest 10 mm of wall", low=0)
    wall_length_mm: float | None = column("length of wall that was measured", low=0)
    detail: str | None = column("what was found, and what can be done")
    exam_id: str | None = column("folder name of the exam")
    sop_instance_uid: str | None = column("SOPInstanceUID of the file")
    bws: int | None = column("bowel wall stratification, 0 to 3", low=0, high=3)
    ifat: int | None = column("inflammatory fat, 0 to 2", low=0, high=2)
    lost_layer_mm: float | None = column("length over which the layers are lost", low=0)
    view: str | None = column("what the wall's shape looks like", choices=_VIEWS)
    doubtful_layer_mm: float | None = column("length over which the layers are lost or faint", low=0)
    layer_judged_mm: float | None = column("length over which layers can be judged", low=0)
    fat_mm: float | None = column("length of wall beside tissue labelled as inflamed fat", low=0)
    fat_seen_mm: float | None = column("length of wall whose surroundings were compared", low=0)
    fat_excess_db: float | None = column("echo level beside the brightest 10 mm of wall above other tissue")
    fat_thickness_mm: float | None = column("thickness of inflamed fat, mean over all wall seen", low=0)
    fat_burden_db_mm: float | None = column("excess of inflamed fat summed over its thickness, likewise")
    fat_probability_percent: float | None = column(
        "the model's probability of inflamed fat beside the quarter of wall with most", low=0, high=100
    )
    fat_peak_db_mm: float | None = column(
        "excess outwards, as far as probably fat, beside the quarter of wall with most"
    )
    mucosa_mm: float | None = column("thickness of the mucosa with the interface", low=0)
    submucosa_mm: float | None = column("thickness of the submucosa", low=0)
    muscularis_mm: float | None = column("thickness of the muscularis", low=0)
    submucosa_percent: float | None = column("submucosa of the three layers", low=0, high=100)
    lumen_mm: float | None = column("width of the lumen, median", low=0)
    lumen_narrowest_mm: float | None = column("mean width of its narrowest 5 mm", low=0)
    lumen_widest_mm: float | None = column("mean width of its widest 5 mm", low=0)
    wall_irregularity_mm: float | None = column("scatter of the inner edge off its course over 10 mm", low=0)
    mask: str | None = column("mask of the frame, relative to the exam's folder")
    magnification: float | None = column("how many times larger than in training the model saw it", low=0)

    def __post_init__(self) -> None:
        Row.__post_init__(self)
        check_outcome(self)
        if (self.bwt_mm is not None) != (self.status in HAS_VALUE):
            raise ValueError(f"status is {self.status} but bwt_mm is {self.bwt_mm}")


@dataclass(frozen=True, slots=True, kw_only=True)
class SegmentRow(Row):
    """A bowel segment of an exam: its four items and its scores."""

    exam_id: str = column("folder name of the exam", required=True)
    patient_id: str = column("PatientID as the files give it", required=True)
    study_instance_uid: str = column("StudyInstanceUID", required=True)
    study_date: str | None = column("StudyDate, YYYY-MM-DD")
    segment: str = column("bowel segment", required=True, choices=_SEGMENTS)
    clips: int = column("clips of this segment", required=True, low=0)
    bwt_mm: float | None = column("bowel wall thickness, mean over the views", low=0)
    bwt_ci_low_mm: float | None = column("lower end of its 95 % interval", low=0)
    bwt_ci_high_mm: float | None = column("upper end of its 95 % interval", low=0)
    bwt_status: str = column("what came of the thickness", required=True, choices=STATUSES)
    bws: int | None = column("bowel wall stratification, 0 to 3", low=0, high=3)
    bws_status: str = column("what came of the stratification", required=True, choices=STATUSES)
    ifat: int | None = column("inflammatory fat, 0 to 2", low=0, high=2)
    ifat_status: str = column("what came of the fat", required=True, choices=STATUSES)
    cds: int | None = column("colour Doppler signal, 0 to 3", low=0, high=3)
    cds_status: str = column("what came of the Doppler grade", required=True, choices=STATUSES)
    limberg: int | None = column("Limberg grade, 0 to 4", low=0, high=4)
    ibus_sas: float | None = column("IBUS-SAS, only where all four items are there", low=0)
    ibus_sas_low: float | None = column("lower end of what the items leave open", low=0)
    ibus_sas_high: float | None = column("upper end of what the items leave open", low=0)
    buss: float | None = column("bowel ultrasound score (Crohn's disease)", low=0)
    muc: float | None = column("Milan ultrasound criteria (ulcerative colitis)", low=0)
    status: str = column("what came of the segment", required=True, choices=STATUSES)
    reason: str | None = column("code of why there is no value")
    detail: str | None = column("what was found, and what can be done")
    bwt_reason: str | None = column("code of why there is no thickness")
    bwt_detail: str | None = column("what was found, and what can be done")
    bws_reason: str | None = column("code of why there is no stratification")
    bws_detail: str | None = column("what was found, and what can be done")
    ifat_reason: str | None = column("code of why there is no fat grade")
    ifat_detail: str | None = column("what was found, and what can be done")
    cds_reason: str | None = column("code of why there is no Doppler grade")
    cds_detail: str | None = column("what was found, and what can be done")
    limberg_reason: str | None = column("code of why there is no Limberg grade")
    bwt_readings: int | None = column("views the thickness is the mean of", low=0)
    views: str | None = column("views that were seen, separated by ;")
    warnings: str | None = column("what a reader should know, separated by ;")
    lymph_nodes: str | None = column("enlarged lymph nodes, as a reader entered", choices=YES_NO)
    free_fluid: str | None = column("free fluid, as a reader entered", choices=YES_NO)

    def __post_init__(self) -> None:
        Row.__post_init__(self)
        check_outcome(self)
        values = (self.bwt_mm, self.bws, self.ifat, self.cds)
        for item, value in zip(ITEMS, values, strict=True):
            check_item(self, item, value)
        check_interval(self.bwt_ci_low_mm, self.bwt_mm, self.bwt_ci_high_mm, "bwt_mm")
        check_interval(self.ibus_sas_low, self.ibus_sas, self.ibus_sas_high, "ibus_sas")
        if (self.ibus_sas is None) != (None in values):
            raise ValueError("ibus_sas is filled exactly where all four items have a value")
        if (self.ibus_sas_low is None) != (self.bwt_mm is None):
            raise ValueError("ibus_sas_low and ibus_sas_high are filled exactly where bwt_mm is")


TABLES: dict[str, type[Row]] = {
    "clips": ClipRow,
    "frames": FrameRow,
    "segments": SegmentRow,
    "contrast": ContrastRow,
    "features": FeatureRow,
}
