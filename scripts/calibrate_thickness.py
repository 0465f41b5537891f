"""Fit the spread of frame thickness on labelled frames and store it in a bundle's `configs/metadata.json`."""

from __future__ import annotations

import argparse
import json
from dataclasses import asdict
from pathlib import Path

from ius_vision.measurement.bwt_error import BwtErrorModel
from ius_vision.outcomes import Measured
from ius_vision.pipeline.evaluation import evaluate_cases
from ius_vision.segmentation.bundle import METADATA_FILE
from ius_vision.segmentation.dataset import read_dataset
from ius_vision.segmentation.model import WallModel


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", type=Path, required=True, help="bundle to write to")
    parser.add_argument("--data", type=Path, required=True, help="frames that were not trained on")
    arguments = parser.parse_args()
    cases = read_dataset(arguments.data)
    results = evaluate_cases(WallModel.load(arguments.model), cases, BwtErrorModel())
    pairs = [
        (item.thickness.value, item.true_mm)
        for item in results
        if item.true_mm is not None and isinstance(item.thickness, Measured)
    ]
    fitted = BwtErrorModel.fit(*zip(*pairs, strict=True))
    path = arguments.model / METADATA_FILE
    metadata = json.loads(path.read_text("utf-8"))
    metadata["bwt_error"] = {name: round(value, 4) for name, value in asdict(fitted).items()}
    metadata["bwt_error_data"] = {"folder": arguments.data.name, "frames_measured": len(pairs)}
    path.write_text(json.dumps(metadata, indent=2) + "\n", "utf-8")
    print(metadata["bwt_error"], f"from {len(pairs)} frames")


if __name__ == "__main__":
    main()
