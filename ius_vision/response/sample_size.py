"""How many patients a prediction model needs, and how many parameters the patients at hand can carry."""

from __future__ import annotations

import math
from dataclasses import dataclass

SHRINKAGE = 0.9
OPTIMISM_R2 = 0.05
MARGIN_OF_RISK = 0.05
Z95 = 1.96
NAGELKERKE = 0.15
"""Expected explained variation where nothing better is published: a cautious default [M]."""


@dataclass(frozen=True, slots=True)
class SampleSize:
    """The rule's arithmetic for one cohort.

    Attributes
    ----------
    n, events, parameters : what there is.
    proportion : events / n.
    max_r2, r2 : largest possible and expected Cox-Snell R2.
    n1 : patients for an expected shrinkage of at least 0.9.
    n2 : patients for an optimism of at most 0.05 in Nagelkerke's R2.
    n3 : patients for an overall risk known to within 0.05.
    required : the largest of the three.
    parameters_carried : the most parameters for which n would do; 0 where n is below n3.
    shrinkage : expected shrinkage at n.
    risk_margin : half width of the overall risk's 95 % interval at n.
    """

    n: int
    events: int
    parameters: int
    proportion: float
    max_r2: float
    r2: float
    n1: int
    n2: int
    n3: int
    required: int
    parameters_carried: int
    shrinkage: float
    risk_margin: float

    @property
    def met(self) -> bool:
        return self.n >= self.required


def max_cox_snell(proportion: float) -> float:
    """Largest Cox-Snell R2 at this share of events: 1 - (p^p (1-p)^(1-p))^2."""
    log = proportion * math.log(proportion) + (1 - proportion) * math.log1p(-proportion)
    return -math.expm1(2 * log)


def patients_for_shrinkage(parameters: int, r2: float, shrinkage: float = SHRINKAGE) -> float:
    """Patients for this expected shrinkage: P / ((S - 1) ln(1 - R2 / S))."""
    return parameters / ((shrinkage - 1) * math.log1p(-r2 / shrinkage))


def expected_shrinkage(n: int, parameters: int, r2: float) -> float:
    """Shrinkage at which `patients_for_shrinkage` asks for n patients; found by halving, it rises with n."""
    low, high = r2 * (1 + 1e-9), 1.0 - 1e-12
    for _ in range(200):
        middle = (low + high) / 2
        if patients_for_shrinkage(parameters, r2, middle) < n:
            low = middle
        else:
            high = middle
    return (low + high) / 2


def sample_size(n: int, events: int, parameters: int, nagelkerke: float = NAGELKERKE) -> SampleSize:
    """Apply all three criteria at the cohort's own share of events.

    Parameters
    ----------
    n, events : patients with a known outcome, and those of them with the event; 0 < events < n.
    parameters : parameters that are estimated besides the intercept; dummies count singly.
    nagelkerke : expected R2 as a share of the largest possible one.

    References
    ----------
    Riley 2019, Stat Med 38:1276; Riley 2020, BMJ 368:m441. `docs/response.md` works an example.
    """
    p = events / n
    top = max_cox_snell(p)
    r2 = nagelkerke * top
    second = r2 / (r2 + OPTIMISM_R2 * top)
    n3 = math.ceil((Z95 / MARGIN_OF_RISK) ** 2 * p * (1 - p))

    def needs(count: int) -> tuple[int, int]:
        return (
            math.ceil(patients_for_shrinkage(count, r2)),
            math.ceil(patients_for_shrinkage(count, r2, second)),
        )

    n1, n2 = needs(parameters)
    carried = 0
    while n >= n3 and n >= max(needs(carried + 1)):
        carried += 1
    return SampleSize(
        n=n, events=events, parameters=parameters, proportion=p, max_r2=top, r2=r2, n1=n1, n2=n2, n3=n3,
        required=max(n1, n2, n3), parameters_carried=carried,
        shrinkage=expected_shrinkage(n, parameters, r2),
        risk_margin=Z95 * math.sqrt(p * (1 - p) / n),
    )  # fmt: skip


def arithmetic(size: SampleSize) -> tuple[str, ...]:
    """The rule worked out, a line a step."""
    p, count = size.proportion, size.parameters
    second = size.r2 / (size.r2 + OPTIMISM_R2 * size.max_r2)
    return (
        f"{size.n} patients with a known outcome, {size.events} with the event: p = {p:.3f}; "
        f"{count} parameter{'' if count == 1 else 's'}.",
        f"maxR2 = 1 - (p^p (1-p)^(1-p))^2 = {size.max_r2:.4f}; expected R2 = "
        f"{size.r2 / size.max_r2:.2f} maxR2 "
        f"= {size.r2:.4f}.",
        f"n1 = P / ((S-1) ln(1 - R2/S)), S = {SHRINKAGE}: {size.n1} (expected shrinkage at {size.n}: "
        f"{size.shrinkage:.2f}).",
        f"n2 = the same with S = R2 / (R2 + {OPTIMISM_R2} maxR2) = {second:.3f}: {size.n2}.",
        f"n3 = (1.96 / {MARGIN_OF_RISK})^2 p (1-p): {size.n3} (overall risk at {size.n}: "
        f"± {size.risk_margin:.3f}).",
        f"Needed: the largest, {size.required}. There are {size.n}; they carry "
        f"{size.parameters_carried} parameter{'' if size.parameters_carried == 1 else 's'}.",
    )
