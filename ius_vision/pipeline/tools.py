"""What every clip of a run is measured with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from ius_vision.dicom.manifest import ManifestRow
from ius_vision.measurement.bwt_error import BwtErrorModel
from ius_vision.pipeline.settings import MeasureSettings
from ius_vision.segmentation.model import WallModel


@dataclass(frozen=True, slots=True)
class Tools:
    """The model, its error, the settings and the manifest's rows by key."""

    model: WallModel
    bwt_error: BwtErrorModel
    settings: MeasureSettings
    manifest: Mapping[str, ManifestRow]

    @classmethod
    def load(
        cls, bundle: Path | None, settings: MeasureSettings, manifest: Mapping[str, ManifestRow]
    ) -> Tools:
        """Load the model once a process."""
        model = WallModel.load(bundle)
        return cls(model, BwtErrorModel.from_card(model.card), settings, manifest)
