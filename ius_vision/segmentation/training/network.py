"""The network and its loss, both MONAI's."""

from __future__ import annotations

import torch
from monai.losses import DiceLoss
from monai.networks.nets import UNet

from ius_vision.segmentation.training.config import NetworkSection
from ius_vision.vocabulary import Label

# Of a label that only reaches into a crop's corner, crop by crop, little can be asked.
CORNER_PX = 25.0


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
    """Cross-entropy weighted by class plus the soft Dice of all labels but background.

    Dice is taken over the whole batch, because single crops often hold no wall at all. In it thick walls
    weigh more than thin ones; `picture_dice` is the share of it that is taken crop by crop instead, over
    the labels that a crop shows, and there they weigh the same.
    """

    def __init__(self, class_weights: tuple[float, ...], picture_dice: float = 0.0) -> None:
        super().__init__()
        self.entropy = torch.nn.CrossEntropyLoss(weight=torch.tensor(class_weights))
        how = {"include_background": False, "to_onehot_y": True, "softmax": True}
        self.dice = DiceLoss(**how, batch=True)
        self.each = DiceLoss(**how, reduction="none", smooth_nr=CORNER_PX, smooth_dr=CORNER_PX)
        self.picture_dice = picture_dice

    def forward(self, logits: torch.Tensor, truth: torch.Tensor) -> torch.Tensor:
        """Loss of (batch, classes, rows, columns) logits against (batch, 1, rows, columns) labels."""
        logits = logits.float()
        dice = self.dice(logits, truth)
        if self.picture_dice:
            dice = torch.lerp(dice, self._each_dice(logits, truth), self.picture_dice)
        return self.entropy(logits, truth[:, 0]) + dice

    def _each_dice(self, logits: torch.Tensor, truth: torch.Tensor) -> torch.Tensor:
        lost = self.each(logits, truth).flatten(1)
        labels = torch.arange(1, logits.shape[1], device=truth.device)
        shown = (truth.flatten(1)[:, None, :] == labels[None, :, None]).any(2)
        return (lost * shown).sum() / shown.sum().clamp(min=1)
