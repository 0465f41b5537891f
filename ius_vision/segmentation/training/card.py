"""What a bundle says about itself: MONAI metadata and the model card."""

from __future__ import annotations

import platform
from dataclasses import dataclass
from importlib.metadata import version

import torch

from ius_vision import __version__
from ius_vision.segmentation.dataset import BOWEL
from ius_vision.segmentation.training.config import TrainConfig
from ius_vision.segmentation.training.loop import Trained

PURPOSE = "Label the bowel wall, lumen and inflamed fat in B-mode frames of intestinal ultrasound"
NO_DEVICE = "Research software, not a medical device: a person has to look at every contour."


@dataclass(frozen=True, slots=True, eq=False)
class Facts:
    """What is recorded of a training.

    `folders` holds the number of cases in each data folder, `processes` how many trained together.
    """

    command: str
    folders: dict[str, int]
    training_frames: int
    held_frames: int
    config: TrainConfig
    trained: Trained
    labels: tuple[str, ...] = BOWEL
    processes: int = 1

    @property
    def drawn(self) -> int:
        """Simulated frames that were drawn on the fly and shown once."""
        settings = self.config.training
        crops = self.trained.progress.step * settings.batch * self.processes
        return int(crops * self.config.phantoms.share)

    @property
    def purpose(self) -> str:
        """What the model is for."""
        if self.labels == BOWEL:
            return PURPOSE
        return f"Label {', '.join(self.labels[1:])} in ultrasound frames; not a bowel model"


def model_metadata(facts: Facts) -> dict:
    """`configs/metadata.json`: the keys MONAI asks for, and the facts of this training."""
    image = {"type": "image", "format": "magnitude", "modality": "US", "num_channels": 1}
    image |= {"spatial_shape": ["32*n", "32*n"], "dtype": "float32", "value_range": [0, 1]}
    image |= {"is_patch_data": False, "channel_def": {"0": "grey / 255"}}
    labels = {"type": "probabilities", "format": "segmentation", "num_channels": len(facts.labels)}
    labels |= {"spatial_shape": ["32*n", "32*n"], "dtype": "float32", "value_range": [0, 1]}
    labels |= {
        "is_patch_data": False,
        "channel_def": {str(number): name for number, name in enumerate(facts.labels)},
    }
    return {
        "name": facts.config.card.name,
        "version": facts.config.card.version,
        "changelog": {facts.config.card.version: f"trained by {facts.command}"},
        "monai_version": version("monai"),
        "pytorch_version": version("torch"),
        "numpy_version": version("numpy"),
        "required_packages_version": {"onnxruntime": version("onnxruntime")},
        "task": facts.purpose,
        "description": f"Residual UNet on square pixels of {facts.config.data.pixel_mm} mm",
        "authors": "ius-vision",
        "copyright": "same licence as ius-vision",
        "network_data_format": {"inputs": {"image": image}, "outputs": {"pred": labels}},
        "training": {
            "command": facts.command,
            "data": facts.folders,
            "drawn_on_the_fly": facts.drawn,
            "data_statement": facts.config.card.data,
            "seed": facts.config.training.seed,
            "steps": facts.trained.progress.step,
            "minutes": round(facts.trained.progress.seconds / 60, 1),
            "hardware": hardware(),
            "held_out": facts.trained.validation.row(),
        },
        "limits": [*facts.config.card.limits, NO_DEVICE],
    }


def model_card(facts: Facts) -> str:
    """`docs/README.md` of a bundle, in Markdown."""
    held = facts.trained.validation.row()
    data = [f"`{name}` ({count} frames)" for name, count in facts.folders.items()]
    if facts.drawn:
        drawn = facts.config.phantoms
        data.append(
            f"{facts.drawn} frames of the engine `{drawn.engine}`, seed {drawn.seed}, drawn on the fly"
        )
    parameters = sum(item.numel() for item in facts.trained.network.parameters())
    lines = [
        "# Bowel wall model" if facts.labels == BOWEL else f"# {facts.config.card.name}",
        "",
        f"{facts.purpose}. Residual UNet (MONAI), {parameters / 1e6:.2f} million parameters, "
        f"one grey channel at {facts.config.data.pixel_mm} mm a pixel.",
        "",
        "## Training",
        "",
        f"    {facts.command}",
        "",
        f"- Data: {', '.join(data)}. {facts.config.card.data}",
        f"- {facts.training_frames + facts.drawn} frames trained on, "
        f"{facts.held_frames} held out by patient.",
        f"- Seed {facts.config.training.seed}, {facts.trained.progress.step} steps of "
        f"{facts.config.training.batch} crops, {facts.trained.progress.seconds / 60:.0f} minutes.",
        f"- Hardware: {hardware()}.",
        f"- Versions: MONAI {version('monai')}, PyTorch {version('torch')}, ius-vision {__version__}.",
        "- Every setting: `configs/train.toml`.",
        "",
        "## Held-out frames, at the network's scale",
        "",
        "| figure | value |",
        "|---|---|",
        *(f"| {name} | {value} |" for name, value in held.items()),
        "",
        "## Limits",
        "",
        *(f"- {limit}" for limit in (*facts.config.card.limits, NO_DEVICE)),
        "",
    ]
    return "\n".join(lines)


def hardware() -> str:
    """The processor or accelerator in words, without names of machines."""
    if torch.cuda.is_available():
        return torch.cuda.get_device_name()
    return f"CPU {platform.machine()}, {torch.get_num_threads()} thread(s)"
