"""The ways a score can be fitted, and what each asks of the patients."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from ius_vision.errors import BadUsage
from ius_vision.response.boosting import DEPTH, FEWEST_IN_LEAF, LEAF_SHARE, RATE, TREES, boost_all
from ius_vision.response.procedure import fit_all

PENALISED, BOOSTING = "penalised", "boosting"
SHUFFLES = {PENALISED: 999, BOOSTING: 199}


@dataclass(frozen=True, slots=True)
class Method:
    """A way to fit.

    Attributes
    ----------
    select : terms that each resample keeps, or None for all.
    parameters_a_term : what a candidate term counts in the sample-size rule.
    permutations : shuffled outcomes; each is a fit.
    words : what is done, for a reader.
    """

    name: str
    select: int | None
    parameters_a_term: int
    permutations: int
    words: str

    @property
    def procedure(self) -> Callable:
        """Takes x, y, weights and `with_covariance`, as `fit_all` does."""
        return boost_all if self.name == BOOSTING else partial(fit_all, select=self.select)


_WORDS = {
    PENALISED: "Ridge: normal prior on each coefficient, its standard deviation (0.05 to 2.5 log odds "
    "per SD of the "
    "term) averaged over by marginal likelihood times a half-normal prior of scale 0.5, in each resample.",
    BOOSTING: f"Gradient boosting: {TREES} trees of depth {DEPTH}, each scaled by {RATE}, at least "
    f"{FEWEST_IN_LEAF} patients and {LEAF_SHARE:.0%} of them in a leaf; fixed, not tuned. A candidate term "
    "counts ten parameters in the sample-size rule, because trees need about ten times the events (van der "
    "Ploeg 2014). Corrected figures and curves are those of cross-validation.",
}


def method_of(name: str, select: int | None = None) -> Method:
    """The method of a name.

    Raises
    ------
    BadUsage
        `number_out_of_range`: fewer than one term is to be kept. `bad_features`: trees choose themselves.
    """
    if select is not None and name == BOOSTING:
        raise BadUsage(
            "bad_features",
            "trees choose their terms themselves",
            "--select",
            "Leave it out, or leave out --model boosting",
        )
    if select is not None and select < 1:
        raise BadUsage("number_out_of_range", f"--select is {select}", "--select", "Give 1 or more")
    kept = (
        "" if select is None else f" Of the candidates each resample keeps the {select} that correlate best."
    )
    return Method(
        name,
        select,
        {PENALISED: 1, BOOSTING: 10}[name],
        SHUFFLES[name],
        _WORDS[name] + kept,
    )
