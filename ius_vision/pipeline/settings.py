"""What a user can set for a run, and what changes a number."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from ius_vision.measurement.doppler import DopplerSettings


@dataclass(frozen=True, slots=True)
class MeasureSettings:
    """How much of a clip is looked at. Part of an exam's key: another value means another result.

    `b_mode_frames` and `doppler_mask_frames` are limits per clip; a longer clip is looked at in as many
    evenly spaced frames. Colour itself is read in every frame of a Doppler clip up to `doppler_frames`.
    The wall of a contrast clip is looked for in `contrast_mask_frames` frames, its curves are read in all.
    `assume_dynamic_range_db` stands in for clips that do not state theirs.
    """

    b_mode_frames: int = 30
    doppler_mask_frames: int = 8
    doppler_frames: int = 240
    doppler: DopplerSettings = field(default_factory=DopplerSettings)
    contrast_mask_frames: int = 8
    curve_models: tuple[str, ...] = ("lognormal",)
    assume_dynamic_range_db: float | None = None


@dataclass(frozen=True, slots=True)
class AnalyzeSettings:
    """One call of `analyze`. `key` is the file of the key under which everything gets pseudonyms."""

    paths: tuple[Path, ...]
    out: Path
    manifest: Path | None = None
    model: Path | None = None
    jobs: int = 1
    fresh: bool = False
    dask: str | None = None
    key: Path | None = None
    measure: MeasureSettings = field(default_factory=MeasureSettings)
