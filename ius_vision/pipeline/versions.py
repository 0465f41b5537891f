"""What ran, and how long it took."""

from __future__ import annotations

import importlib.metadata
import platform
import time

from ius_vision import __version__

LIBRARIES = (
    "numpy",
    "scipy",
    "scikit-image",
    "opencv-python-headless",
    "numba",
    "onnxruntime",
    "openvino",
    "pydicom",
    "simplejpeg",
    "pyarrow",
    "jinja2",
)


def versions() -> dict[str, str]:
    """Versions of the package, of Python and of the libraries that numbers pass through."""
    found = {"ius-vision": __version__, "python": platform.python_version()}
    for name in LIBRARIES:
        try:
            found[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            found[name] = "not installed"
    return found


class Stopwatch:
    """Seconds between laps, by name."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}
        self._last = time.perf_counter()

    def lap(self, name: str) -> None:
        now = time.perf_counter()
        self.seconds[name] = round(now - self._last, 3)
        self._last = now
