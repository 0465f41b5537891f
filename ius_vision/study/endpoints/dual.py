"""The combined target: clinical remission and remission in ultrasound at the same visit."""

from __future__ import annotations

from dataclasses import dataclass

from ius_vision.study.endpoints.definition import Case, Definition, Outcome, outcome

ENDPOINT = "dual_target"


@dataclass(frozen=True, slots=True)
class DualTarget:
    """A clinical and an imaging remission, each by name. Open whenever one of them is."""

    clinical: Definition
    imaging: Definition
    endpoint: str = ENDPOINT
    citation: str = "this project"
    mark: str = "J"
    change: bool = False

    @property
    def name(self) -> str:
        return f"{self.clinical.name}+{self.imaging.name}"

    @property
    def rule(self) -> str:
        return f"({self.clinical.rule}) and ({self.imaging.rule}), at the same visit"

    @property
    def items(self) -> tuple[str, ...]:
        return self.clinical.items + self.imaging.items

    @property
    def items_before(self) -> tuple[str, ...]:
        return self.clinical.items_before + self.imaging.items_before

    @property
    def needs_baseline(self) -> bool:
        return bool(self.items_before)

    def of(self, case: Case) -> Outcome:
        """Yes only where both are met; `state` says which is."""
        parts = (outcome(self.clinical, case), outcome(self.imaging, case))
        open_ = next((part for part in parts if part.value is None), None)
        missing = parts[0].missing + parts[1].missing
        if open_ is not None:
            return Outcome(None, open_.reason, open_.detail, missing, state="unknown")
        state = {
            (True, True): "both",
            (True, False): "clinical_only",
            (False, True): "imaging_only",
            (False, False): "neither",
        }[parts[0].value, parts[1].value]
        return Outcome(state == "both", missing=missing, measured=parts[1].measured, state=state)


def dual_targets(clinical: tuple[Definition, ...], imaging: tuple[Definition, ...]) -> tuple[DualTarget, ...]:
    return tuple(DualTarget(one, other) for one in clinical for other in imaging)
