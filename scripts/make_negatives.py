"""Write a dataset folder of pictures that show no bowel, every label 0, for `ius-vision train segmentation`.

The picture's area is found in its pixels, as in an exam, and cut out. A scale is drawn at random
between two limits for each copy, so that the model does not learn what is no bowel at a single scale. Every
picture counts as a patient, its copies as the same one.
"""

from __future__ import annotations

import argparse
import csv
import json
from pathlib import Path

import cv2
import numpy as np

from ius_vision.dicom.image_area import find_picture
from ius_vision.geometry import Box

COLUMNS = ("case", "patient_id", "spacing_x_mm", "spacing_y_mm", "view", "bwt_mm", "origin")
LABELS = {"background": 0, "lumen": 1, "wall": 2, "inflamed_fat": 3}


def main() -> None:
    arguments = parse()
    rng = np.random.default_rng(arguments.seed)
    for part in ("imagesTr", "labelsTr"):
        (arguments.out / part).mkdir(parents=True, exist_ok=True)
    rows = []
    for number, path in enumerate(sorted(arguments.pictures)):
        grey = cv2.imread(str(path), cv2.IMREAD_GRAYSCALE)
        if grey is None:
            raise SystemExit(f"make_negatives: {path} is no picture that can be read")
        grey = picture_area(grey)
        patient = f"NEGATIVE_{number:04d}"
        origin = "/".join(path.parts[-3:])
        for copy in range(arguments.copies):
            case = f"{patient}_{copy}"
            cv2.imwrite(str(arguments.out / "imagesTr" / f"{case}_0000.png"), grey)
            cv2.imwrite(str(arguments.out / "labelsTr" / f"{case}.png"), np.zeros_like(grey))
            pixel_mm = round(rng.uniform(*arguments.mm_per_pixel), 4)
            rows.append((case, patient, pixel_mm, pixel_mm, "unknown", "", origin))
    with (arguments.out / "cases.csv").open("w", newline="", encoding="utf-8") as stream:
        writer = csv.writer(stream)
        writer.writerow(COLUMNS)
        writer.writerows(rows)
    description = {"name": arguments.out.name, "channel_names": {"0": "ultrasound"}, "labels": LABELS}
    description |= {"numTraining": len(rows), "file_ending": ".png"}
    (arguments.out / "dataset.json").write_text(json.dumps(description, indent=2) + "\n", "utf-8")
    print(f"{len(rows)} pictures without bowel in {arguments.out}")


def picture_area(grey: np.ndarray) -> np.ndarray:
    """The box of the ultrasound picture, (rows, columns) uint8; all of it where none is found."""
    found = find_picture(grey, Box(0, 0, *grey.shape))
    return grey if found is None else grey[found.box.slices]


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("pictures", type=Path, nargs="+", help="ultrasound pictures without bowel")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--seed", type=int, required=True)
    parser.add_argument("--copies", type=int, default=1, help="scales drawn for each picture (default 1)")
    parser.add_argument("--mm-per-pixel", type=float, nargs=2, default=(0.06, 0.12), metavar=("LOW", "HIGH"))
    return parser.parse_args()


if __name__ == "__main__":
    main()
