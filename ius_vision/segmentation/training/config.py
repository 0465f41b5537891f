"""The training configuration: one TOML file, every field named, a wrong one refused at once."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from ius_vision.errors import BadUsage


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class NetworkSection(_Section):
    """The UNet: channels from the finest level to the coarsest, each half the size of the one before."""

    channels: tuple[int, ...] = Field((16, 32, 48, 64, 96, 128), min_length=2)
    residual_units: int = Field(2, ge=0)


class DataSection(_Section):
    """How frames reach the network."""

    pixel_mm: float = Field(0.2, gt=0, le=1)
    crop_px: int = Field(224, ge=32)
    wall_centred: float = Field(0.6, ge=0, le=1, description="share of crops centred on a wall pixel")
    validation_share: float = Field(0.1, gt=0, lt=1)


class AugmentSection(_Section):
    """Chance of each change, and how far it goes; 0 switches one off."""

    geometry: float = Field(0.8, ge=0, le=1)
    rotation_deg: float = Field(20, ge=0, le=180)
    scale_low: float = Field(0.8, gt=0)
    scale_high: float = Field(1.25, gt=0)
    flip_rows: float = Field(0.1, ge=0, le=1)
    borrowed_texture: float = Field(0.2, ge=0, le=1, description="speckle of a frame without wall laid over")
    borrowed_background: float = Field(0.15, ge=0, le=1, description="a frame without wall around the bowel")
    tissue_contrast: float = Field(0.3, ge=0, le=1)
    grey_curve: float = Field(0.5, ge=0, le=1)
    speckle: float = Field(0.35, ge=0, le=1)
    sharpness: float = Field(0.35, ge=0, le=1)
    resolution: float = Field(0.2, ge=0, le=1)
    depth_gain: float = Field(0.3, ge=0, le=1)
    shadow: float = Field(0.2, ge=0, le=1)
    jpeg: float = Field(0.2, ge=0, le=1)
    marks: float = Field(0.1, ge=0, le=1, description="calipers and letters burned into the picture")


class TrainingSection(_Section):
    """The optimisation."""

    seed: int = Field(1, ge=0)
    steps: int = Field(8000, ge=1)
    minutes: float | None = Field(
        None, gt=0, description="the rate falls to 0 by this time, if that is sooner"
    )
    batch: int = Field(8, ge=1)
    learning_rate: float = Field(2e-3, gt=0)
    weight_decay: float = Field(1e-4, ge=0)
    warmup_share: float = Field(0.05, ge=0, lt=1)
    average_decay: float = Field(
        0.998, ge=0, lt=1, description="running average of weights that is validated and kept"
    )
    class_weights: tuple[float, ...] = Field(
        (1.0, 1.0, 1.0, 1.0), description="a weight a label; all 1: no weights, whatever the labels"
    )
    picture_dice: float = Field(
        0.0, ge=0, le=1, description="share of the Dice loss that is taken crop by crop"
    )
    mixed_precision: bool = True
    start_from: str | None = Field(
        None, description="safetensors file or bundle whose weights are gone on from"
    )
    threads: int = Field(2, ge=1)
    validate_every: int = Field(500, ge=1)
    stop_after: int | None = Field(
        None, ge=1, description="checks without a better one that end the training"
    )
    validation_cases: int = Field(80, ge=1)


class PhantomSection(_Section):
    """Simulated frames drawn while the training runs, each shown once, beside those of `--data`."""

    share: float = Field(0.0, ge=0, le=1, description="share of the crops cut from frames drawn on the fly")
    engine: Literal["beam", "plain", "echo"] = "beam"
    seed: int = Field(1, ge=0)
    workers: int = Field(1, ge=1, description="processes that draw")


class CardSection(_Section):
    """What the model card says beyond what the training itself knows."""

    name: str = "bowel_wall"
    version: str = "0.1.0"
    data: str = Field("Not stated.", description="where the frames come from, and under which licences")
    limits: tuple[str, ...] = ("How the model does on data unlike its training data is not known.",)


class TrainConfig(_Section):
    """Everything `train segmentation` can be told; what the file leaves out has the value given here."""

    network: NetworkSection = NetworkSection()
    data: DataSection = DataSection()
    augment: AugmentSection = AugmentSection()
    training: TrainingSection = TrainingSection()
    phantoms: PhantomSection = PhantomSection()
    card: CardSection = CardSection()

    @model_validator(mode="after")
    def _fits_together(self) -> TrainConfig:
        multiple = 2 ** (len(self.network.channels) - 1)
        if self.data.crop_px % multiple:
            raise ValueError(
                f"data.crop_px must be a multiple of {multiple} for {len(self.network.channels)} levels"
            )
        if self.augment.scale_low > self.augment.scale_high:
            raise ValueError("augment.scale_low is above augment.scale_high")
        return self


def read_config(path: Path | None) -> TrainConfig:
    """Read a TOML configuration; None gives the standard one.

    Raises
    ------
    BadUsage
        `bad_config`: the file cannot be read, or a field is unknown or out of range; the field is named.
    """
    if path is None:
        return TrainConfig()
    try:
        return TrainConfig.model_validate(tomllib.loads(path.read_text("utf-8")))
    except ValidationError as error:
        said = "; ".join(
            f"{'.'.join(map(str, problem['loc']))}: {problem['msg']} (given: {_shown(problem['input'])})"
            for problem in error.errors()
        )
        raise BadUsage("bad_config", said, str(path), "docs/training.md lists every field") from error
    except (OSError, ValueError) as error:
        raise BadUsage("bad_config", f"the file cannot be read as TOML: {error}", str(path)) from error


def _shown(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."


def to_toml(config: TrainConfig) -> str:
    """The configuration as a TOML file that `read_config` reads back to the same values."""
    lines: list[str] = []
    for section, values in config.model_dump(mode="json").items():
        lines.append(f"[{section}]")
        lines += [f"{name} = {_toml_value(value)}" for name, value in values.items() if value is not None]
        lines.append("")
    return "\n".join(lines)


def _toml_value(value: bool | int | float | str | list) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list):
        return "[" + ", ".join(_toml_value(item) for item in value) + "]"
    # A JSON string is a TOML basic string, and numbers are written alike.
    return json.dumps(value, ensure_ascii=False)
