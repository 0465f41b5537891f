"""The figures of a training as TensorBoard events, where TensorBoard is installed."""

from __future__ import annotations

from pathlib import Path


class Events:
    """Scalars in `OUT/tensorboard`; nothing without TensorBoard, since `metrics.csv` has all of them."""

    def __init__(self, out: Path) -> None:
        try:
            from torch.utils.tensorboard import SummaryWriter
        except ModuleNotFoundError:
            self._writer = None
            return
        self._writer = SummaryWriter(str(out / "tensorboard"))

    def write(self, row: dict[str, float]) -> None:
        """Write a row of `metrics.csv` under its `step`."""
        if self._writer is not None:
            for name, value in row.items():
                if name != "step":
                    self._writer.add_scalar(name, value, int(row["step"]))
            self._writer.flush()

    def close(self) -> None:
        """End the file."""
        if self._writer is not None:
            self._writer.close()
