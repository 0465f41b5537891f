"""The row of the contrast table: a region of interest of a bolus, per model of the curve."""

from __future__ import annotations

from dataclasses import dataclass

from ius_vision.findings.column import (
    HAS_VALUE,
    STATUSES,
    Row,
    check_interval,
    check_outcome,
    column,
)
from ius_vision.vocabulary import Segment, interval_names

AMPLITUDES = ("pe", "wi_auc", "wo_auc", "wiwo_auc", "wir", "wor", "wipi")
SPANS_S = ("rt_s", "ft_s", "mtt_s")
TIMES_S = ("t0_s", "ttp_s")


@dataclass(frozen=True, slots=True, kw_only=True)
class ContrastRow(Row):
    """A region of interest of a contrast clip, per model of the curve."""

    exam_id: str = column("folder name of the exam", required=True)
    file: str = column("path relative to the folder that was given", required=True)
    segment: str | None = column("bowel segment", choices=tuple(Segment))
    roi: str | None = column("region of interest")
    model: str | None = column("curve model")
    dynamic_range_db: float | None = column("log-compression range of the display", low=0)
    dynamic_range_source: str | None = column("where the range comes from; `assumed` if the user assumed it")
    t0_s: float | None = column("onset of the model")
    pe: float | None = column("peak enhancement, linear intensity")
    pe_db: float | None = column("peak enhancement, dB re peak white")
    ttp_s: float | None = column("time to peak on the clip's own clock")
    rt_s: float | None = column("rise time")
    ft_s: float | None = column("fall time")
    mtt_s: float | None = column("mean transit time from the tangent onset")
    wi_auc: float | None = column("wash-in area")
    wo_auc: float | None = column("wash-out area")
    wiwo_auc: float | None = column("wash-in and wash-out area")
    wir: float | None = column("wash-in rate per second")
    wor: float | None = column("wash-out rate per second, signed")
    wipi: float | None = column("wash-in perfusion index")
    qof: float | None = column("quality of fit, R^2", high=1)
    status: str = column("what came of the curve", required=True, choices=STATUSES)
    reason: str | None = column("code of why there is no value")
    detail: str | None = column("what was found, and what can be done")
    sop_instance_uid: str | None = column("SOPInstanceUID of the file")
    baseline: float | None = column("level before arrival, linear intensity")
    enhancement_db: float | None = column("peak over the level before arrival, dB")
    pe_to_reference_db: float | None = column("peak enhancement over that of the reference region, dB")
    ti_s: float | None = column("where the wash-in tangent meets the baseline")
    to_s: float | None = column("where the wash-out tangent meets the baseline")
    mean_s: float | None = column("mean of the bolus on the clip's own clock")
    t0_ci_low_s: float | None = column("lower end of the 95 % interval of t0_s")
    t0_ci_high_s: float | None = column("upper end of the 95 % interval of t0_s")
    pe_ci_low: float | None = column("lower end of the 95 % interval of pe")
    pe_ci_high: float | None = column("upper end of the 95 % interval of pe")
    ttp_ci_low_s: float | None = column("lower end of the 95 % interval of ttp_s")
    ttp_ci_high_s: float | None = column("upper end of the 95 % interval of ttp_s")
    rt_ci_low_s: float | None = column("lower end of the 95 % interval of rt_s")
    rt_ci_high_s: float | None = column("upper end of the 95 % interval of rt_s")
    ft_ci_low_s: float | None = column("lower end of the 95 % interval of ft_s")
    ft_ci_high_s: float | None = column("upper end of the 95 % interval of ft_s")
    mtt_ci_low_s: float | None = column("lower end of the 95 % interval of mtt_s")
    mtt_ci_high_s: float | None = column("upper end of the 95 % interval of mtt_s")
    wi_auc_ci_low: float | None = column("lower end of the 95 % interval of wi_auc")
    wi_auc_ci_high: float | None = column("upper end of the 95 % interval of wi_auc")
    wo_auc_ci_low: float | None = column("lower end of the 95 % interval of wo_auc")
    wo_auc_ci_high: float | None = column("upper end of the 95 % interval of wo_auc")
    wiwo_auc_ci_low: float | None = column("lower end of the 95 % interval of wiwo_auc")
    wiwo_auc_ci_high: float | None = column("upper end of the 95 % interval of wiwo_auc")
    wir_ci_low: float | None = column("lower end of the 95 % interval of wir")
    wir_ci_high: float | None = column("upper end of the 95 % interval of wir")
    wor_ci_low: float | None = column("lower end of the 95 % interval of wor")
    wor_ci_high: float | None = column("upper end of the 95 % interval of wor")
    wipi_ci_low: float | None = column("lower end of the 95 % interval of wipi")
    wipi_ci_high: float | None = column("upper end of the 95 % interval of wipi")
    flags: str | None = column("what a reader should know of the curve, separated by ;")
    preferred_model: str | None = column("model with the lowest AICc")
    residual_sd: float | None = column("scatter of the curve about the fit, linear intensity", low=0)
    window_end_s: float | None = column("end of the part of the curve that was fitted")
    frames_used: int | None = column("frames that the fit rests on", low=0)
    frames_dropped: int | None = column("frames left out because they show another plane", low=0)
    largest_shift_mm: float | None = column("largest movement of the tissue that was followed", low=0)
    saturated_share: float | None = column("share of pixels at the white end around the peak", low=0, high=1)
    roi_mm2: float | None = column("size of the region", low=0)
    unlit_share: float | None = column("share of the region that takes no contrast", low=0, high=1)
    unlit_factor: float | None = column("how much higher amplitudes are without that share", low=1)
    time_source: str | None = column("attribute the frame times come from")
    injection_time_s: float | None = column("injection on the clip's own clock")
    injection_source: str | None = column("where it comes from; `none`: times count from the first frame")
    panels: str | None = column("which picture is the contrast panel, and why")
    display_map: str | None = column("how a tint was taken back to values")
    joined_files: str | None = column("files that the bolus was stored in, separated by ;")
    compression_factor: float | None = column("what JPEG adds to mean power; it was taken off", low=1)
    wall_pattern: str | None = column("which part of the wall's depth enhances")
    curve_file: str | None = column("the curves, relative to the exam's folder")
    mask: str | None = column("mask of the region, relative to the exam's folder")

    def __post_init__(self) -> None:
        Row.__post_init__(self)
        check_outcome(self)
        for name in (*AMPLITUDES, *SPANS_S, *TIMES_S):
            low, high = interval_names(name)
            check_interval(getattr(self, low), getattr(self, name), getattr(self, high), name)
        if self.status not in HAS_VALUE and any(getattr(self, each) is not None for each in AMPLITUDES):
            raise ValueError(f"status is {self.status} but there are amplitudes")
        if self.status in HAS_VALUE and self.dynamic_range_db is None:
            raise ValueError("amplitudes need a dynamic range")
