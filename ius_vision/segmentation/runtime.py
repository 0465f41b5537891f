"""What runs the network: ONNX Runtime, or another runtime that the environment names."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import numpy as np

from ius_vision.errors import BadUsage
from ius_vision.segmentation.onnx_file import without_softmax

VARIABLE = "IUS_VISION_RUNTIME"
RUNTIMES = ("onnxruntime", "openvino")

Network = Callable[[np.ndarray], np.ndarray]


def chosen_runtime() -> str:
    """The runtime that `IUS_VISION_RUNTIME` names, ONNX Runtime where it names none.

    Raises
    ------
    BadUsage
        `missing_extra`: it is none of `RUNTIMES`.
    """
    name = os.environ.get(VARIABLE) or RUNTIMES[0]
    if name not in RUNTIMES:
        raise BadUsage("missing_extra", f"{VARIABLE} is {name}, not one of {', '.join(RUNTIMES)}", VARIABLE)
    return name


def start_network(onnx: Path) -> Network:
    """Load a network for one thread in 32-bit floats: the same picture gives the same bits every time.

    Returns
    -------
    A function from (1, 1, rows, columns) float32 to (1, classes, rows, columns) float32.

    Raises
    ------
    BadUsage
        `missing_extra`: the runtime is unknown or not installed.

    Notes
    -----
    Exams run in parallel processes, so more threads a network bring nothing, and sums keep their order.
    A CUDA card is used where the installed ONNX Runtime can.
    """
    return {"onnxruntime": _onnxruntime, "openvino": _openvino}[chosen_runtime()](onnx)


def _onnxruntime(onnx: Path) -> Network:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    # No arena: memory stays bounded when frames differ in size.
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    options.enable_cpu_mem_arena = False
    options.log_severity_level = 3
    wanted = ("CUDAExecutionProvider", "CPUExecutionProvider")
    providers = [name for name in wanted if name in onnxruntime.get_available_providers()]
    model = onnx.read_bytes()
    cut = without_softmax(model)
    session = onnxruntime.InferenceSession(cut or model, options, providers=providers)
    name = session.get_inputs()[0].name
    if cut is None:
        return lambda image: session.run(None, {name: image})[0]
    return lambda image: _softmax(session.run(None, {name: image})[0])


def _softmax(logits: np.ndarray) -> np.ndarray:
    """Shares of the channels, (images, channels, rows, columns); the array that is given is used up."""
    logits -= logits.max(axis=1, keepdims=True)
    shares = np.exp(logits, out=logits)
    shares /= shares.sum(axis=1, keepdims=True)
    return shares


def _openvino(onnx: Path) -> Network:
    try:
        import openvino
    except ModuleNotFoundError as error:
        raise BadUsage(
            "missing_extra",
            f"the runtime openvino needs the package {error.name}",
            VARIABLE,
            "Install it: pip install 'ius-vision[openvino]'",
        ) from error
    settings = {"INFERENCE_PRECISION_HINT": "f32", "INFERENCE_NUM_THREADS": 1, "NUM_STREAMS": 1}
    compiled = openvino.Core().compile_model(str(onnx), "CPU", settings)
    return lambda image: compiled(image)[0].copy()
