"""Settings of a Doppler clip that make its grade less reliable; the grade stays, with a warning."""

from __future__ import annotations

from dataclasses import dataclass

from ius_vision.dicom.velocity import VelocityScale
from ius_vision.measurement.doppler import DopplerSignal

# Bowel is looked at with about 5 cm/s (reference/scores.md section 2) [M]; the other limits are ours [J].
LEAST_CM_S, MOST_CM_S = 3.0, 8.0
LEAST_IN_BOX_PERCENT, MOST_NOISE_PERCENT = 60.0, 2.0


@dataclass(frozen=True, slots=True)
class DopplerChecks:
    """What is known of the settings, None where it is not."""

    velocity_cm_s: float | None = None
    velocity_source: str | None = None
    in_box_percent: float | None = None
    noise_percent: float | None = None

    @property
    def cells(self) -> dict[str, object]:
        """The cells of clips.csv."""
        return {
            "velocity_scale_cm_s": self.velocity_cm_s,
            "velocity_scale_source": self.velocity_source,
            "wall_in_box_percent": self.in_box_percent,
            "colour_noise_percent": self.noise_percent,
        }

    @property
    def warnings(self) -> tuple[str, ...]:
        """A sentence for every setting that is off."""
        said = []
        if self.velocity_cm_s is not None and not LEAST_CM_S <= self.velocity_cm_s <= MOST_CM_S:
            said.append(
                f"The velocity scale is {self.velocity_cm_s:.3g} cm/s, where about 5 is usual for bowel; the "
                "Doppler grade may be wrong."
            )
        if self.in_box_percent is not None and self.in_box_percent < LEAST_IN_BOX_PERCENT:
            said.append(
                f"The colour box holds {self.in_box_percent:.0f} % of the wall; flow outside is not seen."
            )
        if self.noise_percent is not None and self.noise_percent > MOST_NOISE_PERCENT:
            said.append(
                f"{self.noise_percent:.0f} % of the picture is coloured for a moment only; the colour gain "
                "may be too high."
            )
        return tuple(said)


def checked(scale: VelocityScale | None, signal: DopplerSignal) -> DopplerChecks:
    """The settings of a graded clip, whose colour map has a scale or none that is known."""
    return DopplerChecks(
        scale.cm_s if scale else None,
        scale.source if scale else None,
        signal.wall_in_box_percent,
        min(100.0, signal.noise_percent),
    )
