"""The row of the features table: what was measured of a segment beyond its items, for use in models."""

from __future__ import annotations

from dataclasses import dataclass

from ius_vision.findings.column import HAS_VALUE, STATUSES, Row, check_outcome, column
from ius_vision.vocabulary import Segment

YES_NO = ("yes", "no")
GROUPS = {
    "layers": ("mucosa_mm", "submucosa_mm", "muscularis_mm", "submucosa_percent"),
    "loss": ("lost_layer_mm",),
    "fat": (
        "fat_excess_db", "fat_extent_percent", "fat_thickness_mm", "fat_burden_db_mm",
        "fat_probability_percent", "fat_peak_db_mm",
    ),
    "flow": (
        "vascularity_index_percent", "vascularity_peak_percent", "flow_time_percent", "vessels_per_cm2",
        "vessel_length_percent", "longest_vessel_mm", "vessel_beyond_mm",
    ),
    "direction": ("flow_towards_percent", "flow_aliased"),
    "velocity": ("velocity_mean_cm_s", "velocity_speed_cm_s"),
    "spectral": ("psv_cm_s", "edv_cm_s", "resistive_index"),
    "lumen": ("lumen_mm", "lumen_narrowest_mm", "lumen_widest_mm", "stricture"),
    "edge": ("wall_irregularity_mm",),
    "texture": (
        "texture_skewness", "texture_kurtosis", "texture_histogram_entropy_bits",
        "texture_joint_entropy_bits", "texture_contrast", "texture_homogeneity", "texture_correlation",
        "texture_energy",
    ),
}  # fmt: skip
"""Features that have a status together: all of a group are there, or none."""
MAYBE = {"velocity": ("velocity_peak_towards_cm_s", "velocity_peak_away_cm_s")}
"""Features of a group that may be empty although it is measured: nothing flows that way."""


def _status(what: str):
    return column(f"what came of {what}", required=True, choices=STATUSES)


def _reason(what: str):
    return column(f"code of why there is nothing of {what}")


def _detail():
    return column("what was found, and what can be done")


@dataclass(frozen=True, slots=True, kw_only=True)
class FeatureRow(Row):
    """A bowel segment of an exam: measured quantities, by group."""

    exam_id: str = column("folder name of the exam", required=True)
    patient_id: str = column("PatientID as the files give it", required=True)
    study_instance_uid: str = column("StudyInstanceUID", required=True)
    study_date: str | None = column("StudyDate, YYYY-MM-DD")
    segment: str = column("bowel segment", required=True, choices=tuple(Segment))
    device: str | None = column("maker and model of the machines, separated by ;")
    mucosa_mm: float | None = column("thickness of the mucosa with the interface, median", low=0)
    submucosa_mm: float | None = column("thickness of the submucosa, median", low=0)
    muscularis_mm: float | None = column("thickness of the muscularis, median", low=0)
    submucosa_percent: float | None = column("submucosa of the three layers, median", low=0, high=100)
    lost_layer_mm: float | None = column("length over which layers are lost, the longest of any clip", low=0)
    fat_excess_db: float | None = column("echo level beside the brightest 10 mm of wall above other tissue")
    fat_extent_percent: float | None = column("length of wall beside inflamed fat", low=0, high=100)
    fat_thickness_mm: float | None = column("thickness of inflamed fat, mean over all wall seen", low=0)
    fat_burden_db_mm: float | None = column("excess of inflamed fat summed over its thickness, likewise")
    fat_probability_percent: float | None = column(
        "the model's probability of inflamed fat beside the quarter of wall with most", low=0, high=100
    )
    fat_peak_db_mm: float | None = column(
        "excess outwards, as far as probably fat, beside the quarter of wall with most"
    )
    vascularity_index_percent: float | None = column("coloured share of the wall, mean", low=0, high=100)
    vascularity_peak_percent: float | None = column("the same in the frame with most", low=0, high=100)
    flow_time_percent: float | None = column("frames that show flow in the wall", low=0, high=100)
    vessels_per_cm2: float | None = column("persistent signals of the wall over its area", low=0)
    vessel_length_percent: float | None = column("length of signals over the wall's own", low=0, high=100)
    longest_vessel_mm: float | None = column("length of the longest signal along the wall", low=0)
    vessel_beyond_mm: float | None = column("farthest that a signal of the wall runs beyond it", low=0)
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
    psv_cm_s: float | None = column("peak systolic velocity, median of the spectral stills, no sign", low=0)
    edv_cm_s: float | None = column("end-diastolic velocity, likewise", low=0)
    resistive_index: float | None = column("(PSV - EDV) / PSV, likewise", low=0, high=1)
    lumen_mm: float | None = column("width of the lumen, median", low=0)
    lumen_narrowest_mm: float | None = column("mean of its narrowest 5 mm, least of any clip", low=0)
    lumen_widest_mm: float | None = column("mean of its widest 5 mm, most of any clip", low=0)
    stricture: str | None = column(
        "whether a clip shows a lumen wider than 25 mm beside one less than half as wide", choices=YES_NO
    )
    wall_irregularity_mm: float | None = column("scatter of the inner edge off its course over 10 mm", low=0)
    texture_skewness: float | None = column("IBSI skewness of the wall's grey, 0.2 mm pixels, median")
    texture_kurtosis: float | None = column("IBSI excess kurtosis, likewise")
    texture_histogram_entropy_bits: float | None = column("IBSI histogram entropy, 32 bins", low=0)
    texture_joint_entropy_bits: float | None = column("IBSI co-occurrence joint entropy, 0.2 mm apart", low=0)
    texture_contrast: float | None = column("IBSI co-occurrence contrast, bins squared", low=0)
    texture_homogeneity: float | None = column("IBSI inverse difference moment", low=0, high=1)
    texture_correlation: float | None = column("IBSI co-occurrence correlation", low=-1, high=1)
    texture_energy: float | None = column("IBSI angular second moment", low=0, high=1)
    lymph_nodes: str | None = column("enlarged lymph nodes, as a reader entered", choices=YES_NO)
    free_fluid: str | None = column("free fluid, as a reader entered", choices=YES_NO)
    layers_status: str = _status("the layers' thickness")
    layers_reason: str | None = _reason("the layers' thickness")
    layers_detail: str | None = _detail()
    loss_status: str = _status("lost layers")
    loss_reason: str | None = _reason("lost layers")
    loss_detail: str | None = _detail()
    fat_status: str = _status("the fat")
    fat_reason: str | None = _reason("the fat")
    fat_detail: str | None = _detail()
    flow_status: str = _status("the flow")
    flow_reason: str | None = _reason("the flow")
    flow_detail: str | None = _detail()
    direction_status: str = _status("the flow's direction")
    direction_reason: str | None = _reason("the flow's direction")
    direction_detail: str | None = _detail()
    velocity_status: str = _status("the flow's velocity")
    velocity_reason: str | None = _reason("the flow's velocity")
    velocity_detail: str | None = _detail()
    spectral_status: str = _status("spectral Doppler")
    spectral_reason: str | None = _reason("spectral Doppler")
    spectral_detail: str | None = _detail()
    lumen_status: str = _status("the lumen")
    lumen_reason: str | None = _reason("the lumen")
    lumen_detail: str | None = _detail()
    edge_status: str = _status("the inner edge")
    edge_reason: str | None = _reason("the inner edge")
    edge_detail: str | None = _detail()
    texture_status: str = _status("the texture")
    texture_reason: str | None = _reason("the texture")
    texture_detail: str | None = _detail()

    def __post_init__(self) -> None:
        Row.__post_init__(self)
        for group, names in GROUPS.items():
            check_outcome(self, f"{group}_")
            status = getattr(self, f"{group}_status")
            if {getattr(self, name) is not None for name in names} != {status in HAS_VALUE}:
                raise ValueError(f"{group}_status is {status}, which does not fit {', '.join(names)}")
