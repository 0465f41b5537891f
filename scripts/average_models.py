"""Write a bundle whose weights are the mean of several bundles' weights; one went on training from another.

Everything else (configuration, metadata) is that of the last bundle. The spread of thickness has to be fitted
anew (`scripts/calibrate_thickness.py`).

References: Wortsman 2022, arXiv 2203.05482.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import torch
from safetensors.torch import load_file

from ius_vision.segmentation.bundle import METADATA_FILE, TRAIN_FILE, WEIGHTS_FILE
from ius_vision.segmentation.training.config import read_config
from ius_vision.segmentation.training.export import write_bundle
from ius_vision.segmentation.training.network import build_network


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("models", type=Path, nargs="+", help="bundles of one network")
    parser.add_argument("--out", type=Path, required=True, help="bundle to write")
    arguments = parser.parse_args()
    last = arguments.models[-1]
    config = read_config(last / TRAIN_FILE)
    network = build_network(config.network)
    network.load_state_dict(mean_weights([load_file(path / WEIGHTS_FILE) for path in arguments.models]))
    metadata = json.loads((last / METADATA_FILE).read_text("utf-8"))
    for name in ("bwt_error", "bwt_error_data"):
        metadata.pop(name, None)
    difference = write_bundle(arguments.out, network.eval(), config, metadata)
    print(f"{arguments.out}: mean of {len(arguments.models)}, ONNX and PyTorch differ by {difference:.1e}")


def mean_weights(several: list[dict[str, torch.Tensor]]) -> dict[str, torch.Tensor]:
    """Mean of every floating-point tensor; counters are those of the last."""
    return {
        name: torch.stack([weights[name] for weights in several]).mean(0)
        if last.is_floating_point()
        else last
        for name, last in several[-1].items()
    }


if __name__ == "__main__":
    main()
