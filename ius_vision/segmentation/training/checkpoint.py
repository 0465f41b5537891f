"""Training states on disk as safetensors, complete or absent."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import load_file, save_file

from ius_vision.errors import BadUsage
from ius_vision.segmentation.bundle import WEIGHTS_FILE

LAST = "last.safetensors"
BEST = "best.safetensors"


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a training has come; `seconds` counts all its runs.

    `best_wall_dice` is the best Dice of the wall, or the mean of all labels where none is called wall;
    `checks_since_best` counts the checks since.
    """

    step: int = 0
    seconds: float = 0.0
    best_wall_dice: float = -1.0
    config: str = ""
    cases: str = ""
    checks_since_best: int = 0


def save_state(
    folder: Path,
    network: torch.nn.Module,
    average: torch.nn.Module,
    optimizer: torch.optim.Optimizer,
    progress: Progress,
) -> None:
    """Write `last.safetensors`: weights, running average and optimizer; the header says how far it is."""
    tensors = {f"network.{name}": value for name, value in network.state_dict().items()}
    tensors |= {f"average.{name}": value for name, value in average.state_dict().items()}
    for index, state in optimizer.state_dict()["state"].items():
        tensors |= {f"optimizer.{index}.{name}": value for name, value in state.items()}
    save_tensors(folder / LAST, tensors, {"progress": json.dumps(asdict(progress))})


def load_state(
    folder: Path, network: torch.nn.Module, average: torch.nn.Module, optimizer: torch.optim.Optimizer
) -> Progress:
    """Put a saved state back; `Progress()` where none was saved.

    Raises
    ------
    BadUsage
        `bad_checkpoint`: the file is damaged or holds another network.
    """
    path = folder / LAST
    if not path.is_file():
        return Progress()
    try:
        with safe_open(path, "pt") as stored:
            progress = Progress(**json.loads(stored.metadata()["progress"]))
            tensors = {name: stored.get_tensor(name) for name in stored.keys()}  # noqa: SIM118
        network.load_state_dict(_under(tensors, "network."))
        average.load_state_dict(_under(tensors, "average."))
        optimizer.load_state_dict(_optimizer_state(tensors, optimizer))
    except (OSError, ValueError, TypeError, KeyError, RuntimeError, SafetensorError) as error:
        said = " ".join(str(error).split())[:300]
        raise BadUsage(
            "bad_checkpoint",
            f"the saved state cannot be used: {said}",
            str(path),
            "Start again with another --out",
        ) from error
    return progress


def load_weights(path: Path, network: torch.nn.Module) -> None:
    """Put the weights of a safetensors file, or of a bundle's, into a network of the same shape.

    Raises
    ------
    BadUsage
        `bad_checkpoint`: no such file, or it holds another network.
    """
    file = path / WEIGHTS_FILE if path.is_dir() else path
    try:
        network.load_state_dict(load_file(file))
    except (OSError, ValueError, RuntimeError, SafetensorError) as error:
        said = " ".join(str(error).split())[:300]
        raise BadUsage("bad_checkpoint", f"training.start_from cannot be used: {said}", str(file)) from error


def save_tensors(path: Path, tensors: dict[str, torch.Tensor], header: dict[str, str] | None = None) -> None:
    """Write tensors as safetensors, whole or not at all."""
    beside = path.with_suffix(".part")
    save_file({name: value.detach().cpu().contiguous() for name, value in tensors.items()}, beside, header)
    beside.replace(path)


def _optimizer_state(tensors: dict[str, torch.Tensor], optimizer: torch.optim.Optimizer) -> dict:
    state: dict[int, dict[str, torch.Tensor]] = {}
    for key, value in _under(tensors, "optimizer.").items():
        index, name = key.split(".", 1)
        state.setdefault(int(index), {})[name] = value
    return {"state": state, "param_groups": optimizer.state_dict()["param_groups"]}


def _under(tensors: dict[str, torch.Tensor], prefix: str) -> dict[str, torch.Tensor]:
    return {name.removeprefix(prefix): value for name, value in tensors.items() if name.startswith(prefix)}
