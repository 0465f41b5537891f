"""`train segmentation` beside nnU-Net v2's 2D configuration: same split, one thread, equal processor seconds.

    python scripts/bench/nnunet.py data --source DATA/dltrack --out work/Dataset501_dltrack
    python scripts/bench/nnunet.py ours --data work/Dataset501_dltrack --seconds 300
    NNUNET_PYTHON scripts/bench/nnunet.py nnunet --data work/Dataset501_dltrack --seconds 300
    python scripts/bench/nnunet.py score --data work/Dataset501_dltrack

nnU-Net needs an environment of its own (`pip install nnunetv2`), whose Python runs the third line; it is no
dependency of this project. Both get as many steps as fit in the seconds, judged by their first ones, and
their usual schedule over them. Predictions go to `predictions_ours` and `predictions_nnunet`.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import time
from pathlib import Path

import cv2
import numpy as np

LABELS = {
    "dltrack": {"background": 0, "aponeurosis": 1},
    "usgra": {"background": 0, "nerve": 1, "vessel": 2},
}
TRAINED_OF_USGRA = 60
WORKERS = "nnUNet_n_proc_DA"
CONFIG = """
[training]
seed = 1
steps = {steps}
threads = 1
validate_every = {steps}
validation_cases = 8
[card]
name = "{name}"
"""


def write_data(source: Path, out: Path) -> None:
    """Both trainers' folder: nnU-Net's raw layout with this project's `cases.csv`."""
    labels = LABELS[source.name]
    for folder in ("imagesTr", "labelsTr", "imagesTs", "labelsTs"):
        (out / folder).mkdir(parents=True, exist_ok=True)
    rows = []
    with (source / "pairs.csv").open(newline="", encoding="utf-8") as stream:
        pairs = list(csv.DictReader(stream))
    for number, pair in enumerate(pairs):
        train = pair["split"] == "train" if "split" in pair else number < TRAINED_OF_USGRA
        case, part = f"CASE_{number:03d}", "Tr" if train else "Ts"
        image = cv2.imread(str(source / pair["image"]), cv2.IMREAD_GRAYSCALE)
        mask = cv2.imdecode(np.fromfile(source / pair["mask"], np.uint8), cv2.IMREAD_UNCHANGED)
        mask = mask if mask.ndim == 2 else _indices(source / pair["mask"])
        mask = (mask > 0).astype(np.uint8) if len(labels) == 2 else mask
        cv2.imwrite(str(out / f"images{part}" / f"{case}_0000.png"), image)
        cv2.imwrite(str(out / f"labels{part}" / f"{case}.png"), mask)
        if train:
            # No scale is known: a pixel counts as 0.1 mm, so the network's pixels are two by two of them.
            rows.append({"case": case, "patient_id": pair.get("similar_group") or case, "spacing_x_mm": 0.1})
            rows[-1]["spacing_y_mm"] = 0.1
    with (out / "cases.csv").open("w", newline="", encoding="utf-8") as stream:
        writer = csv.DictWriter(stream, rows[0])
        writer.writeheader()
        writer.writerows(rows)
    described = {"channel_names": {"0": "ultrasound"}, "labels": labels, "numTraining": len(rows)}
    described |= {"file_ending": ".png", "overwrite_image_reader_writer": "NaturalImage2DIO"}
    (out / "dataset.json").write_text(json.dumps(described, indent=1))


def _indices(path: Path) -> np.ndarray:
    """Numbers of a palette picture, not its colours."""
    from PIL import Image

    return np.array(Image.open(path))


def train_ours(data: Path, seconds: float) -> None:
    """Train and predict with this project."""
    from ius_vision.segmentation.dataset import read_labels
    from ius_vision.segmentation.training.train import Listener, TrainOrder, train_segmentation

    labels, out = read_labels(data), data / "ours"
    config = data / "ours.toml"
    spent: list[float] = []

    def train(steps: int, folder: Path) -> Path:
        config.write_text(CONFIG.format(steps=steps, name=data.name))
        note = Listener(stepped=lambda step, steps, loss: spent.append(time.process_time()))
        return train_segmentation(TrainOrder((data,), folder, config, "bench"), note)

    train(12, data / "ours_pace")
    pace = (spent[-1] - spent[1]) / (len(spent) - 2)
    steps = max(1, round(seconds / pace))
    began = time.process_time(), time.perf_counter()
    bundle = train(steps, out)
    took = time.process_time() - began[0], time.perf_counter() - began[1]
    print(
        f"ours: {steps} steps, {took[0]:.0f} s of processor, {took[1]:.0f} s of clock, load {os.getloadavg()}"
    )
    predict_ours(data, bundle, labels)


def predict_ours(data: Path, bundle: Path, labels: tuple[str, ...]) -> None:
    """Label every test picture at its own size."""
    from ius_vision.geometry import Box, Spacing
    from ius_vision.segmentation.bundle import read_bundle
    from ius_vision.segmentation.grid import NetworkGrid
    from ius_vision.segmentation.model import WallModel

    model = WallModel(read_bundle(bundle, labels))
    (data / "predictions_ours").mkdir(exist_ok=True)
    for path in sorted((data / "imagesTs").glob("*.png")):
        grey = cv2.imread(str(path), cv2.IMREAD_GRAYSCALE)
        grid = NetworkGrid.over(Box(0, 0, *grey.shape), Spacing(0.1, 0.1), model.bundle.inference.pixel_mm)
        image = grid.to_network(grey) / np.float32(255)
        shares = grid.to_frame(model.probabilities(image).transpose(1, 2, 0))
        name = path.name.replace("_0000", "")
        cv2.imwrite(str(data / "predictions_ours" / name), shares.argmax(axis=2).astype(np.uint8))


def train_nnunet(data: Path, seconds: float) -> None:
    """Plan, train and predict with nnU-Net's 2D configuration, in the environment it is installed in."""
    work = data.parent
    for name, folder in (("raw", work), ("preprocessed", work / "nn_pre"), ("results", work / "nn_results")):
        os.environ[f"nnUNet_{name}"] = str(folder.resolve())
    os.environ |= {WORKERS: "1", "nnUNet_compile": "f"}
    import torch
    from nnunetv2.experiment_planning import plan_and_preprocess_api as api
    from nnunetv2.inference.predict_from_raw_data import nnUNetPredictor
    from nnunetv2.run.run_training import get_trainer_from_args

    torch.set_num_threads(1)
    number = int(data.name[7:10])
    api.extract_fingerprints([number], num_processes=1, verbose=False, show_progress_bar=False)
    api.plan_experiments([number])
    api.preprocess([number], configurations=("2d",), num_processes=(1,), show_progress_bar=False)
    trainer = get_trainer_from_args(str(number), "2d", "all", device=torch.device("cpu"))
    # Pictures are changed in this one process, so that its seconds count all of the work.
    os.environ[WORKERS] = "0"
    trainer.on_train_start()
    began = time.process_time(), time.perf_counter()
    steps = run_steps(trainer, seconds)
    took = time.process_time() - began[0], time.perf_counter() - began[1]
    print(f"nnunet: {steps} steps, {took[0]:.0f} s of processor, {took[1]:.0f} s of clock")
    os.environ[WORKERS] = "1"
    predictor = nnUNetPredictor(
        use_mirroring=False, device=torch.device("cpu"), perform_everything_on_device=False
    )
    predictor.manual_initialization(
        trainer.network, trainer.plans_manager, trainer.configuration_manager,
        [trainer.network.state_dict()], trainer.dataset_json, "nnUNetTrainer", None,
    )  # fmt: skip
    trainer.set_deep_supervision_enabled(False)
    (data / "predictions_nnunet").mkdir(exist_ok=True)
    predictor.predict_from_files_sequential(str(data / "imagesTs"), str(data / "predictions_nnunet"))


def run_steps(trainer, seconds: float) -> int:
    """nnU-Net's own steps and its own falling rate, over as many steps as fit."""
    began, done, steps = time.process_time(), 0, 1000
    while done < steps:
        rate = trainer.initial_lr * (1 - done / steps) ** 0.9
        for group in trainer.optimizer.param_groups:
            group["lr"] = rate
        trainer.network.train()
        trainer.train_step(next(trainer.dataloader_train))
        done += 1
        steps = max(done, round(done * seconds / (time.process_time() - began)))
    return done


def score(data: Path) -> None:
    """Mean Dice over the test pictures, for each label and both trainers."""
    labels = json.loads((data / "dataset.json").read_text())["labels"]
    for who in ("ours", "nnunet"):
        folder = data / f"predictions_{who}"
        if not folder.is_dir():
            continue
        for name, label in labels.items():
            if label == 0:
                continue
            found = []
            for path in sorted((data / "labelsTs").glob("*.png")):
                true, seen = (
                    cv2.imread(str(place / path.name), cv2.IMREAD_UNCHANGED) == label
                    for place in (path.parent, folder)
                )
                if true.any() or seen.any():
                    found.append(2 * (true & seen).sum() / (true.sum() + seen.sum()))
            print(f"{data.name} {who} {name}: mean Dice {np.mean(found):.3f} over {len(found)} pictures")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("what", choices=["data", "ours", "nnunet", "score"])
    parser.add_argument("--source", type=Path, help="folder with pairs.csv")
    parser.add_argument("--out", type=Path, help="DatasetNNN_NAME to write")
    parser.add_argument("--data", type=Path, help="DatasetNNN_NAME to use")
    parser.add_argument(
        "--seconds", type=float, default=300, help="processor time of a training (default 300)"
    )
    options = parser.parse_args()
    if options.what == "data":
        write_data(options.source, options.out)
    elif options.what == "score":
        score(options.data)
    else:
        {"ours": train_ours, "nnunet": train_nnunet}[options.what](options.data, options.seconds)


if __name__ == "__main__":
    main()
