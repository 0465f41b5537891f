"""What a reader of a score should be told before believing it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from ius_vision.response.development import Development

TOO_GOOD = 0.98
MUCH_MISSING = 0.4
STEADY = 0.9


def cautions(done: Development, terms: Sequence[str], record: dict) -> Iterator[str]:
    """Sentences about features and figures that ask for a second look.

    Parameters
    ----------
    record : performance.json with its groups.
    """
    area = done.apparent["auroc"].value
    if area is not None and area > TOO_GOOD:
        yield (
            f"AUROC {area:.3f}: hardly any feature foretells this well; make sure that none is known only "
            "after the outcome, or is part of it."
        )
    scales = np.nanstd(done.x, axis=0)
    for name, scale in zip(terms, scales, strict=True):
        if scale == 0.0:
            yield f"{name} is the same in every patient and has no weight."
    for name, share in zip(terms, np.isnan(done.x).mean(axis=0), strict=True):
        if share > MUCH_MISSING:
            yield f"{name} is missing in {share:.0%} of the patients and was filled from the other features."
    yield from _unsteady(done, terms, scales)
    for row in record["groups"]:
        ends = row.get("oe_ci")
        if ends is not None and not ends[0] <= 1.0 <= ends[1]:
            yield (
                f"{row['column']} {row['group']}: observed / expected is {row['oe']:.2f} ({ends[0]:.2f} to "
                f"{ends[1]:.2f}); the score is off there."
            )


def _unsteady(done: Development, terms: Sequence[str], scales: np.ndarray) -> Iterator[str]:
    """Terms of the score that other samples of patients would have used otherwise, or not at all."""
    used = done.fit.signs[0] != 0.0
    steady = zip(terms, done.stability, done.chosen, scales, used, strict=True)
    for name, share, chosen, scale, takes_part in steady:
        if scale == 0.0 or not takes_part:
            continue
        if chosen < STEADY:
            yield f"{name} takes part in only {chosen:.0%} of the bootstrap models."
        elif share < STEADY:
            yield f"The sign of {name} is the same in only {share:.0%} of the bootstrap models."
