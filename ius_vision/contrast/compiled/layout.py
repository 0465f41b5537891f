"""Places of an engine's figures in the arrays that its parts share."""

from __future__ import annotations

# What the smoothed curve shows (`scan`): baseline, height and peak time, width and skewness of a lognormal,
# first sample beyond the window and beyond the shorter one, samples before arrival, times of half rise and
# half fall, last block as a share of the peak, blocks in a valley between two peaks, scatter of a block, and
# scatter from frame to frame and mean square bolus at the foot (LOW) and at the top (HIGH).
(
    BEGIN_BASELINE, BEGIN_HEIGHT, BEGIN_TTP, BEGIN_WIDTH, BEGIN_SKEW, STOP, EARLY_STOP, BEFORE, HALF_RISE,
    HALF_FALL, LAST_SHARE, VALLEY, BLOCK_NOISE, NOISE_LOW, NOISE_HIGH, LEVEL_LOW, LEVEL_HIGH,
) = range(17)  # fmt: skip
STARTS = 17

# A fit: the state that a further fit may start from, figures, and two covariances of (pe, baseline, ttp, log
# width, skew), rows of their lower triangles: from the residuals as they are, and from the noise model.
(
    BASELINE, PE, TTP, WIDTH, SKEW, SCALE, SETTLED, STEPS, QOF, MISFIT, RESIDUAL_SD, AICC, FRAMES_USED,
    WINDOW_FRAMES, WINDOW_END, SEEN_COVARIANCE,
) = range(16)  # fmt: skip
TRIANGLE = 15
NOISE_COVARIANCE = SEEN_COVARIANCE + TRIANGLE
# How far a drift of the baseline moves (pe, baseline, ttp, log width, skew).
DRIFT_SHIFT = NOISE_COVARIANCE + TRIANGLE
FIT = DRIFT_SHIFT + 5

# What else is told of a curve.
VERDICT, EXPONENT, RETURNS, TRUNCATED, NO_BASELINE, PLAUSIBLE = range(6)
TOLD = 6

# Rows of scratch memory, one number a sample.
(
    TIMES, VALUES, COUNTED, SHIFTED, CALM, CLOCK, SMOOTH, JUMPS, PAST, HEIGHTS, BY_TIME, BY_SKEW, RESIDUAL,
    PLAIN, WEIGHTS,
) = range(15)  # fmt: skip
SCRATCH = 15
