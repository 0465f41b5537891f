"""From trained weights to a bundle: ONNX checked against PyTorch, hashes, configuration."""

from __future__ import annotations

import json
import logging
import shutil
import warnings
from pathlib import Path

import numpy as np
import torch

from ius_vision.errors import IusError
from ius_vision.segmentation.bundle import (
    INFERENCE_FILE,
    METADATA_FILE,
    ONNX_FILE,
    TRAIN_FILE,
    WEIGHTS_FILE,
    InferenceSettings,
    file_sha256,
)  # fmt: skip
from ius_vision.segmentation.dataset import BOWEL
from ius_vision.segmentation.training.checkpoint import save_tensors
from ius_vision.segmentation.training.config import TrainConfig, to_toml
from ius_vision.segmentation.training.network import size_multiple

log = logging.getLogger(__name__)

OPSET = 17
AGREEMENT_LIMIT = 1e-3
CHECK_SIZES = ((128, 192), (320, 256))


class _Shares(torch.nn.Module):
    """The network with its final softmax, so that the bundle gives probabilities."""

    def __init__(self, network: torch.nn.Module) -> None:
        super().__init__()
        self.network = network

    def forward(self, image: torch.Tensor) -> torch.Tensor:
        return torch.softmax(self.network(image), dim=1)


def export_onnx(network: torch.nn.Module, path: Path, multiple: int) -> float:
    """Write the network as ONNX and compare it with PyTorch on noise of several sizes.

    Returns
    -------
    The largest difference of a probability.

    Raises
    ------
    IusError
        `export_disagrees`: the difference is above 0.001; no file is left.
    """
    model = _Shares(network).cpu().to(memory_format=torch.contiguous_format).eval()
    path.parent.mkdir(parents=True, exist_ok=True)
    axes = {0: "batch", 2: "rows", 3: "columns"}
    with warnings.catch_warnings():
        # The tracing exporter is announced as old; it writes plain operators that every runtime reads.
        warnings.simplefilter("ignore")
        torch.onnx.export(
            model, (torch.zeros(1, 1, 4 * multiple, 4 * multiple),), str(path), input_names=["image"],
            output_names=["probabilities"], dynamic_axes={"image": axes, "probabilities": axes},
            opset_version=OPSET, dynamo=False,
        )  # fmt: skip
    difference = max(_difference(model, path, size) for size in CHECK_SIZES)
    log.info("ONNX and PyTorch differ by at most %.2e in probability", difference)
    if difference > AGREEMENT_LIMIT:
        path.unlink()
        raise IusError(
            "export_disagrees",
            f"ONNX and PyTorch differ by {difference:.2g}, limit {AGREEMENT_LIMIT}",
            str(path),
        )
    return difference


def write_bundle(
    folder: Path,
    network: torch.nn.Module,
    config: TrainConfig,
    metadata: dict,
    labels: tuple[str, ...] = BOWEL,
) -> float:
    """Write weights, ONNX and configuration of a bundle; `metadata` gains the hashes.

    Returns
    -------
    The largest difference between ONNX and PyTorch.
    """
    beside = folder.with_name(folder.name + ".part")
    shutil.rmtree(beside, ignore_errors=True)
    for part in ("configs", "models", "docs"):
        (beside / part).mkdir(parents=True)
    multiple = size_multiple(config.network)
    difference = export_onnx(network, beside / ONNX_FILE, multiple)
    save_tensors(beside / WEIGHTS_FILE, network.state_dict())
    inference = InferenceSettings(
        pixel_mm=config.data.pixel_mm,
        grey_scale=255.0,
        size_multiple=multiple,
        tile_px=24 * multiple,
        tile_overlap_px=6 * multiple,
        classes=labels,
    )
    hashes = {name: file_sha256(beside / name) for name in (ONNX_FILE, WEIGHTS_FILE)}
    whole = metadata | {"sha256": hashes, "onnx_pytorch_max_difference": difference}
    (beside / INFERENCE_FILE).write_text(inference.model_dump_json(indent=2) + "\n", "utf-8")
    (beside / METADATA_FILE).write_text(json.dumps(whole, indent=2) + "\n", "utf-8")
    (beside / TRAIN_FILE).write_text(to_toml(config), "utf-8")
    shutil.rmtree(folder, ignore_errors=True)
    beside.rename(folder)
    return difference


def _difference(model: torch.nn.Module, path: Path, size: tuple[int, int]) -> float:
    import onnxruntime

    image = np.random.default_rng(0).random((1, 1, *size), dtype=np.float32)
    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    (found,) = session.run(None, {"image": image})
    with torch.inference_mode():
        wanted = model(torch.from_numpy(image)).numpy()
    return float(np.abs(found - wanted).max())
