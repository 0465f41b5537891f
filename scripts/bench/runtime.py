"""The network's runtimes side by side: seconds, differences, and whether equal pictures give equal bits.

    python scripts/bench/runtime.py [--size 384] [--repeats 15] [--threads 1 2] [--model BUNDLE]

Runtimes that are not installed are left out. All compute in 32-bit floats; they take turns within a round, so
that others on the machine slow each alike. Wall and processor milliseconds are medians over the rounds. On a
CUDA card PyTorch's frames a second are printed too, in batches of 32.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from ius_vision.segmentation.bundle import SHIPPED, TRAIN_FILE, WEIGHTS_FILE, read_bundle

Network = Callable[[np.ndarray], np.ndarray]
BATCH, CUDA_ROUNDS = 32, 40


def onnxruntime_network(path: Path, threads: int) -> Network:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads, options.inter_op_num_threads = threads, 1
    options.log_severity_level = 3
    session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    return lambda image: session.run(None, {"image": image})[0]


def openvino_network(path: Path, threads: int) -> Network:
    import openvino

    settings = {
        "INFERENCE_PRECISION_HINT": "f32",
        "INFERENCE_NUM_THREADS": threads,
        "NUM_STREAMS": 1,
        "PERFORMANCE_HINT": "LATENCY",
    }
    compiled = openvino.Core().compile_model(str(path), "CPU", settings)
    return lambda image: compiled(image)[0]


def torch_network(bundle: Path, threads: int) -> Network:
    import torch

    network = _torch(bundle).to(memory_format=torch.channels_last)

    def run(image: np.ndarray) -> np.ndarray:
        torch.set_num_threads(threads)
        with torch.inference_mode():
            return torch.softmax(network(torch.from_numpy(image)), 1).numpy()

    return run


def _torch(bundle: Path):
    from ius_vision.segmentation.training.checkpoint import load_weights
    from ius_vision.segmentation.training.config import read_config
    from ius_vision.segmentation.training.network import build_network

    config = read_config(bundle / TRAIN_FILE)
    network = build_network(config.network, len(read_bundle(bundle, None).inference.classes))
    load_weights(bundle / WEIGHTS_FILE, network)
    return network.eval()


def networks(bundle: Path, threads: int) -> dict[str, Network]:
    """Every runtime that is installed."""
    onnx, found = read_bundle(bundle, None).onnx, {}
    makers = {
        "onnxruntime": lambda: onnxruntime_network(onnx, threads),
        "openvino": lambda: openvino_network(onnx, threads),
        "torch": lambda: torch_network(bundle, threads),
    }
    for name, make in makers.items():
        try:
            found[name] = make()
        except ModuleNotFoundError as error:
            print(f"{name}: left out, no package {error.name}")
    return found


def compare(bundle: Path, size: int, repeats: int, threads: list[int]) -> None:
    """Print a line a runtime and number of threads."""
    image = np.random.default_rng(0).random((1, 1, size, size), dtype=np.float32)
    first: dict[str, np.ndarray] = {}
    for count in threads:
        runners = networks(bundle, count)
        spent = {name: [] for name in runners}
        stable = dict.fromkeys(runners, True)
        for name, run in runners.items():
            found = run(image).copy()
            stable[name] = np.array_equal(found, first.setdefault(name, found))
        for _ in range(repeats):
            for name, run in runners.items():
                began = time.perf_counter(), time.process_time()
                found = run(image)
                spent[name].append((time.perf_counter() - began[0], time.process_time() - began[1]))
                stable[name] &= np.array_equal(found, first[name])
        for name, pairs in spent.items():
            wall, processor = 1000 * np.median(pairs, axis=0)
            off = np.abs(first[name] - first["onnxruntime"]).max()
            print(
                f"{name}, {count} thread(s): {wall:.1f} ms wall, {processor:.1f} ms of processor, "
                f"off ONNX Runtime by {off:.1e}, same bits {'yes' if stable[name] else 'NO'}"
            )


def cuda_rate(bundle: Path, size: int) -> None:
    """Print frames a second of the network alone on a CUDA card, where there is one."""
    try:
        import torch
    except ModuleNotFoundError:
        return
    if not torch.cuda.is_available():
        print("no CUDA card")
        return
    network = _torch(bundle).cuda().to(memory_format=torch.channels_last)
    images = torch.rand(BATCH, 1, size, size, device="cuda").to(memory_format=torch.channels_last)
    with torch.inference_mode():
        for _ in range(5):
            network(images)
        torch.cuda.synchronize()
        began = time.perf_counter()
        for _ in range(CUDA_ROUNDS):
            network(images)
        torch.cuda.synchronize()
    rate = BATCH * CUDA_ROUNDS / (time.perf_counter() - began)
    print(f"torch on {torch.cuda.get_device_name()}: {rate:.0f} frames a second")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--model", type=Path, default=SHIPPED, help="bundle (default the shipped one)")
    parser.add_argument("--size", type=int, default=384, help="rows and columns (default 384)")
    parser.add_argument("--repeats", type=int, default=15, help="rounds (default 15)")
    parser.add_argument("--threads", type=int, nargs="+", default=[1, 2], help="threads (default 1 2)")
    options = parser.parse_args()
    compare(options.model, options.size, options.repeats, options.threads)
    cuda_rate(options.model, options.size)


if __name__ == "__main__":
    main()
