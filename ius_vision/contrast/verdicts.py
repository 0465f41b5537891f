"""Which curves cannot be measured, and how that is told."""

from __future__ import annotations

MIN_FRAMES = 12
MIN_USABLE_SHARE = 0.8
QOF_LIMIT = 0.75
MISFIT_LIMIT = 0.04  # of the peak; another bolus model than the true one leaves 0.01
# Half an interval as a share of its value, for the peak and for all else: beyond it the curve tells nothing.
WIDEST_PEAK, WIDEST = 1.0, 3.0

# The order is that of the numbers in `Fits.verdict`; 0 is a measured curve.
VERDICTS = (
    "", "non_finite", "too_short", "no_bolus", "no_arrival", "second_bolus", "poor_curve_fit",
    "implausible_times", "below_zero",
)  # fmt: skip
# From onset to peak, s: a bolus in bowel takes 3 to 30; in ms or minutes it is outside these.
SHORTEST_RISE_S, LONGEST_RISE_S = 0.5, 300.0
# Share of the peak by which a baseline that was taken off may lie below 0; dB and grey levels lie further.
DEEPEST_BASELINE = 0.2
_DETAIL = {
    "non_finite": "More than a fifth of the values are missing or infinite; give finite linear intensities.",
    "too_short": "The bolus has too few samples or a gap, or the curve ends before its peak has passed; "
    "record until wash-out.",
    "no_bolus": "The curve does not rise above its own noise; check the region and that contrast was given.",
    "no_arrival": "The first sample is already half enhanced; start the clip before the bolus arrives.",
    "second_bolus": "The curve rises twice, so two boluses overlap; give each bolus as a curve of its own.",
    "implausible_times": "The curve rises within half a second or for more than five minutes, which no bolus "
    "does; give times in seconds.",
    "below_zero": "The curve's baseline lies below 0, which echo power cannot; give linear intensities, "
    "not decibels.",
    "poor_curve_fit": "The model does not follow the curve; check motion, saturation and region, "
    "or try another model.",
}


def code(reason: str) -> int:
    """Number of a reason in `VERDICTS`."""
    return VERDICTS.index(reason)


def explain(reason: str, qof: float | None = None) -> str:
    """One sentence for the table: what was found and what to do."""
    text = _DETAIL.get(reason, "")
    if reason == "poor_curve_fit" and qof is not None:
        return f"{text[:-1]} (R² {qof:.3f}, limit {QOF_LIMIT})."
    return text
