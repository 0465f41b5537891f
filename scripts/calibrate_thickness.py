"""Fit the spread of frame thickness on labelled frames and store it in a bundle's `configs/metadata.json`.

Several folders, say one for each phantom engine, are fitted together; how many truths then lie in their
intervals is stored for each.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import numpy as np

from ius_vision.measurement.bwt_error import Z_95, BwtErrorModel
from ius_vision.outcomes import Measured
from ius_vision.pipeline.evaluation import evaluate_cases
from ius_vision.segmentation.bundle import METADATA_FILE
from ius_vision.segmentation.dataset import read_dataset
from ius_vision.segmentation.model import WallModel

Triples = Sequence[tuple[float, float, float]]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--model", type=Path, required=True, help="bundle to write to")
    parser.add_argument(
        "--data", type=Path, nargs="+", required=True, help="folders of frames that were not trained on"
    )
    arguments = parser.parse_args()
    model = WallModel.load(arguments.model)
    triples = {folder.name: measure(model, folder) for folder in arguments.data}
    fitted = BwtErrorModel.fit(*zip(*(triple for found in triples.values() for triple in found), strict=True))
    path = arguments.model / METADATA_FILE
    metadata = json.loads(path.read_text("utf-8"))
    metadata["bwt_error"] = {name: round(value, 4) for name, value in asdict(fitted).items()}
    metadata["bwt_error_data"] = {
        name: {"frames_measured": len(found), "inside": round(inside(fitted, found), 3)}
        for name, found in triples.items()
    }
    path.write_text(json.dumps(metadata, indent=2) + "\n", "utf-8")
    print(metadata["bwt_error"], metadata["bwt_error_data"])


def measure(model: WallModel, folder: Path) -> Triples:
    """Measured and true thickness, mm, and quality of every frame with wall that was measured."""
    results = evaluate_cases(model, read_dataset(folder), BwtErrorModel())
    return [
        (item.thickness.value, item.true_mm, item.quality)
        for item in results
        if item.true_mm is not None and isinstance(item.thickness, Measured)
    ]


def inside(error: BwtErrorModel, found: Triples) -> float:
    """Share of frames whose truth lies within 1.96 of the model's standard deviations."""
    half = [Z_95 * error.variance_mm2(mm, quality) ** 0.5 for mm, _, quality in found]
    return float(np.mean([abs(mm - true) <= most for (mm, true, _), most in zip(found, half, strict=True)]))


if __name__ == "__main__":
    main()
