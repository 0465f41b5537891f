"""The network and its loss, both MONAI's."""

from __future__ import annotations

import torch
from monai.losses import DiceLoss
from monai.networks.nets import UNet

from ius_vision.segmentation.training.config import NetworkSection
from ius_vision.vocabulary import Label


def build_network(section: NetworkSection, classes: int = len(Label)) -> UNet:
    """A residual UNet from one grey channel to the labels, without final activation."""
    return UNet(
        spatial_dims=2,
        in_channels=1,
        out_channels=classes,
        channels=section.channels,
        strides=(2,) * (len(section.channels) - 1),
        num_res_units=section.residual_units,
        norm="batch",
        act="relu",
    )


def size_multiple(section: NetworkSection) -> int:
    """Rows and columns must be multiples of this."""
    return 2 ** (len(section.channels) - 1)


class WallLoss(torch.nn.Module):
    """Cross-entropy weighted by class plus the soft Dice of all labels but background over the whole batch.

    Dice is taken over the batch because single crops often hold no wall at all.
    """

    def __init__(self, class_weights: tuple[float, ...]) -> None:
        super().__init__()
        self.entropy = torch.nn.CrossEntropyLoss(weight=torch.tensor(class_weights))
        self.dice = DiceLoss(include_background=False, to_onehot_y=True, softmax=True, batch=True)

    def forward(self, logits: torch.Tensor, truth: torch.Tensor) -> torch.Tensor:
        """Loss of (batch, classes, rows, columns) logits against (batch, 1, rows, columns) labels."""
        logits = logits.float()
        return self.entropy(logits, truth[:, 0]) + self.dice(logits, truth)
