"""The training loss: thin walls count as thick ones where Dice is taken crop by crop."""

from __future__ import annotations

import pytest

pytest.importorskip("torch")

import torch

from ius_vision.segmentation.training.network import WallLoss

WEIGHTS = (1.0, 1.0, 1.0, 1.0)


def _truth(*walls: int) -> torch.Tensor:
    """A crop for each wall, (crops, 1, 64, 64) labels, the wall that many rows thick."""
    truth = torch.zeros(len(walls), 1, 64, 64, dtype=torch.long)
    for crop, rows in zip(truth, walls, strict=True):
        crop[0, 20 : 20 + rows] = 2
    return truth


def _logits(seen: torch.Tensor) -> torch.Tensor:
    return 12.0 * torch.nn.functional.one_hot(seen[:, 0], 4).permute(0, 3, 1, 2).float()


def _cost_of_missing(which: int, picture_dice: float) -> float:
    truth = _truth(4, 30)
    seen = truth.clone()
    seen[which] = 0
    loss = WallLoss(WEIGHTS, picture_dice)
    entropy = torch.nn.functional.cross_entropy(_logits(seen), truth[:, 0])
    return float(loss(_logits(seen), truth) - entropy)


def test_a_missed_thin_wall_costs_as_much_as_a_thick_one_crop_by_crop():
    over_the_batch = _cost_of_missing(0, 0.0), _cost_of_missing(1, 0.0)
    each = _cost_of_missing(0, 1.0), _cost_of_missing(1, 1.0)
    # Labels that no crop shows cost the batch's Dice the same in both.
    assert over_the_batch[1] - over_the_batch[0] > 0.2
    assert each[0] == pytest.approx(each[1], abs=0.05)
    assert each[0] == pytest.approx(0.5, abs=0.05)


def test_labels_that_a_crop_does_not_show_cost_nothing_crop_by_crop():
    truth = _truth(4, 0)
    assert float(WallLoss(WEIGHTS, 1.0)(_logits(truth), truth)) < 0.01
    assert float(WallLoss(WEIGHTS, 1.0)(_logits(_truth(0, 0)), _truth(0, 0))) < 0.01
