"""How a network does on whole held-out frames while it is trained."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch

from ius_vision.segmentation.training.batches import Frame
from ius_vision.segmentation.training.config import TrainConfig
from ius_vision.segmentation.training.network import size_multiple
from ius_vision.vocabulary import Label


@dataclass(frozen=True, slots=True)
class Validation:
    """Dice over all held-out pixels, per label.

    `wall_area_ratio` is predicted over true wall on frames with wall. `false_wall_share` is the share of
    frames without wall on which more than 20 mm2 of wall is seen; nan where there is no such frame.
    """

    lumen_dice: float
    wall_dice: float
    fat_dice: float
    wall_area_ratio: float
    false_wall_share: float

    def row(self) -> dict[str, float]:
        """The figures, rounded for a table."""
        return {name: round(getattr(self, name), 4) for name in self.__slots__}


def validate(
    network: torch.nn.Module, frames: Sequence[Frame], config: TrainConfig, device: torch.device
) -> Validation:
    """Run the network over whole frames, in 32-bit as at run time."""
    network.eval()
    both = np.zeros((len(frames), len(Label)))
    predicted, true = both.copy(), both.copy()
    for index, frame in enumerate(frames):
        labels = predict(network, frame.grey, size_multiple(config.network), device)
        for label in Label:
            here, there = labels == label, frame.labels == label
            both[index, label] = (here & there).sum()
            predicted[index, label], true[index, label] = here.sum(), there.sum()
    dice = 2 * both.sum(0) / np.maximum(predicted.sum(0) + true.sum(0), 1)
    wall, seen = true[:, Label.WALL], predicted[:, Label.WALL]
    empty = wall == 0
    false = seen[empty] * config.data.pixel_mm**2 > 20
    return Validation(
        lumen_dice=float(dice[Label.LUMEN]),
        wall_dice=float(dice[Label.WALL]),
        fat_dice=float(dice[Label.INFLAMED_FAT]),
        wall_area_ratio=float(seen[~empty].sum() / max(1.0, wall.sum())),
        false_wall_share=float(false.mean()) if empty.any() else float("nan"),
    )


@torch.inference_mode()
def predict(network: torch.nn.Module, grey: np.ndarray, multiple: int, device: torch.device) -> np.ndarray:
    """Labels (rows, columns) of a grey frame (rows, columns) uint8 at the network's scale."""
    rows, columns = grey.shape
    padded = np.pad(grey, ((0, -rows % multiple), (0, -columns % multiple)))
    inputs = torch.from_numpy(padded[None, None].astype(np.float32) / 255).to(device)
    return network(inputs)[0, :, :rows, :columns].argmax(0).cpu().numpy()
