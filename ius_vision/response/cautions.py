"""What a reader of a score should be told before believing it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from ius_vision.response.development import Development

TOO_GOOD = 0.98
MUCH_MISSING = 0.4
STEADY = 0.9


def cautions(done: Development, terms: Sequence[str]) -> Iterator[str]:
    """Sentences about features and figures that ask for a second look."""
    area = done.apparent["auroc"].value
    if area is not None and area > TOO_GOOD:
        yield (
            f"AUROC {area:.3f}: hardly any feature foretells this well; make sure that none is known only "
            "after the outcome, or is part of it."
        )
    for name, scale in zip(terms, done.fit.scales[0], strict=True):
        if scale == 0.0:
            yield f"{name} is the same in every patient and has no weight."
    for name, share in zip(terms, np.isnan(done.x).mean(axis=0), strict=True):
        if share > MUCH_MISSING:
            yield f"{name} is missing in {share:.0%} of the patients and was filled from the other features."
    for name, share, scale in zip(terms, done.stability, done.fit.scales[0], strict=True):
        if share < STEADY and scale > 0.0:
            yield f"The sign of {name} is the same in only {share:.0%} of the bootstrap models."
