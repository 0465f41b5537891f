"""A model bundle on disk: what must be in it, and that its weights are the ones it was described with."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from ius_vision.errors import BadUsage, IusError
from ius_vision.segmentation.dataset import BOWEL

# An installed package carries the models inside; in a checkout they lie beside it.
_PACKAGE = Path(__file__).resolve().parents[1]
_MODELS = _PACKAGE / "models" if (_PACKAGE / "models").is_dir() else _PACKAGE.parent / "models"
SHIPPED = _MODELS / "bowel_wall"
ONNX_FILE = "models/model.onnx"
WEIGHTS_FILE = "models/model.safetensors"
METADATA_FILE = "configs/metadata.json"
INFERENCE_FILE = "configs/inference.json"
TRAIN_FILE = "configs/train.toml"
CARD_FILE = "docs/README.md"


class InferenceSettings(BaseModel):
    """What stands around the network: `configs/inference.json`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    pixel_mm: float = Field(gt=0, description="side of the network's square pixels, mm")
    grey_scale: float = Field(gt=0, description="grey values are divided by this")
    size_multiple: int = Field(gt=0, description="rows and columns are padded with 0 to a multiple of this")
    tile_px: int = Field(gt=0, description="longest side passed through the network at once")
    tile_overlap_px: int = Field(ge=0, description="overlap of neighbouring tiles, cross-faded")
    classes: tuple[str, ...] = Field(min_length=2, description="names of the labels, from 0")


@dataclass(frozen=True, slots=True)
class Bundle:
    """A bundle whose parts are there and whose ONNX file has the recorded hash."""

    path: Path
    metadata: dict
    inference: InferenceSettings
    sha256: str

    @property
    def onnx(self) -> Path:
        return self.path / ONNX_FILE


def read_bundle(path: Path, labels: tuple[str, ...] | None = BOWEL) -> Bundle:
    """Read and check a bundle.

    Parameters
    ----------
    labels : what its network must tell apart; None takes any.

    Raises
    ------
    BadUsage
        `model_missing`: no bundle is there. `bad_model_bundle`: a part of it cannot be used.
    IusError
        `model_changed`: the weights are not those that the metadata describe.
    """
    if not (path / METADATA_FILE).is_file() or not (path / ONNX_FILE).is_file():
        raise BadUsage(
            "model_missing",
            f"no model bundle is there: {METADATA_FILE} or {ONNX_FILE} is absent",
            str(path),
            "Give a folder written by `ius-vision train segmentation`, or install the package again",
        )
    try:
        metadata = json.loads((path / METADATA_FILE).read_text("utf-8"))
        inference = InferenceSettings.model_validate_json((path / INFERENCE_FILE).read_text("utf-8"))
        recorded = metadata["sha256"][ONNX_FILE]
    except (OSError, ValueError, KeyError, TypeError, ValidationError) as error:
        said = " ".join(str(error).split())
        raise BadUsage(
            "bad_model_bundle", f"the bundle's configuration cannot be used: {said}", str(path)
        ) from error
    if labels is not None and inference.classes != labels:
        raise BadUsage(
            "bad_model_bundle",
            f"the model tells {', '.join(inference.classes)} apart; needed are {', '.join(labels)}",
            str(path),
        )
    found = file_sha256(path / ONNX_FILE)
    if found != recorded:
        raise IusError(
            "model_changed",
            f"the weights have sha256 {found[:12]}…, the bundle's metadata say {str(recorded)[:12]}…",
            str(path / ONNX_FILE),
            "Restore the bundle; weights that were not described are not used",
        )
    return Bundle(path, metadata, inference, found)


def file_sha256(path: Path) -> str:
    """The file's SHA-256 in hexadecimal."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
