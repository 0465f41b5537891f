"""How a network does on whole held-out frames while it is trained."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch

from ius_vision.segmentation.dataset import BOWEL
from ius_vision.segmentation.training.batches import Frame
from ius_vision.segmentation.training.config import TrainConfig
from ius_vision.segmentation.training.network import size_multiple


@dataclass(frozen=True, slots=True)
class Validation:
    """Dice over all held-out pixels, of every label but background.

    `wall_area_ratio` is predicted over true wall on frames with wall. `false_wall_share` is the share of
    frames without wall on which more than 20 mm2 of wall is seen; nan where there is no such frame. Both are
    None where no label is called wall.
    """

    dice: dict[str, float]
    wall_area_ratio: float | None
    false_wall_share: float | None

    @property
    def score(self) -> float:
        """What the best weights are chosen by: Dice of the wall, or the mean where none is called wall."""
        return self.dice.get("wall", float(np.mean(list(self.dice.values()))))

    def row(self) -> dict[str, float]:
        """The figures, rounded for a table."""
        found = {f"{name}_dice": value for name, value in self.dice.items()}
        if self.wall_area_ratio is not None:
            found |= {"wall_area_ratio": self.wall_area_ratio, "false_wall_share": self.false_wall_share}
        return {name: round(value, 4) for name, value in found.items()}


def validate(
    network: torch.nn.Module,
    frames: Sequence[Frame],
    config: TrainConfig,
    device: torch.device,
    labels: tuple[str, ...] = BOWEL,
) -> Validation:
    """Run the network over whole frames, in 32-bit as at run time."""
    network.eval()
    both = np.zeros((len(frames), len(labels)))
    predicted, true = both.copy(), both.copy()
    for index, frame in enumerate(frames):
        found = predict(network, frame.grey, size_multiple(config.network), device)
        for label in range(len(labels)):
            here, there = found == label, frame.labels == label
            both[index, label] = (here & there).sum()
            predicted[index, label], true[index, label] = here.sum(), there.sum()
    dice = 2 * both.sum(0) / np.maximum(predicted.sum(0) + true.sum(0), 1)
    named = {name: float(value) for name, value in zip(labels[1:], dice[1:], strict=True)}
    if "wall" not in labels:
        return Validation(named, None, None)
    wall, seen = true[:, labels.index("wall")], predicted[:, labels.index("wall")]
    empty = wall == 0
    false = seen[empty] * config.data.pixel_mm**2 > 20
    return Validation(
        dice=named,
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
