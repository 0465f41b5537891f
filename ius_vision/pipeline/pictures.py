"""Pictures and masks on disk: crops of the image area only, so no burned-in name leaves the file."""

from __future__ import annotations

import re
from pathlib import Path

import cv2
import numpy as np

from ius_vision.geometry import Box

JPEG_QUALITY = 90
LARGEST_SIDE_PX = 900
THUMBNAIL_SIDE_PX = 300
MARGIN_PX = 4
# Labels differ little from row to row. Level 9 saves a third of the bytes and takes five times as long.
LABELS_AS_PNG = [cv2.IMWRITE_PNG_FILTER, cv2.IMWRITE_PNG_FILTER_UP, cv2.IMWRITE_PNG_COMPRESSION, 4]


def clip_name(number: int, file: str) -> str:
    """A clip's name in file names: its number in the exam and what is safe of its own name."""
    stem = re.sub(r"[^A-Za-z0-9]+", "_", Path(file).stem).strip("_")[:40] or "clip"
    return f"{number:03d}_{stem}"


class PictureFolder:
    """Writes masks and pictures of one exam below `root`."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self._kept: dict[str, np.ndarray] = {}
        (root / "masks").mkdir(exist_ok=True)
        (root / "pictures").mkdir(exist_ok=True)

    def keep_only(self, clip: str, kept: np.ndarray) -> None:
        """Show nothing of a clip's frames outside `kept`, (rows, columns) bool."""
        self._kept[clip] = kept

    def showable(self, clip: str, pixels: np.ndarray, box: Box | None = None) -> np.ndarray:
        """What may be shown of a frame, or of the part of it in `box`: the rest is black."""
        kept = self._kept.get(clip)
        if kept is None:
            return pixels
        kept = kept if box is None else kept[box.slices]
        return np.where(kept if pixels.ndim == 2 else kept[..., None], pixels, np.uint8(0))

    def save_mask(self, clip: str, frame: int, labels: np.ndarray) -> str:
        """Write the labels of a frame (from 0) as 8-bit grey PNG; returns its name below the root."""
        name = f"masks/{clip}_frame_{frame + 1:04d}.png"
        _write(self.root / name, ".png", labels, LABELS_AS_PNG)
        return name

    def remove(self, clip: str) -> None:
        """Remove what was written of a clip whose analysis failed."""
        for folder in ("masks", "pictures", "contrast"):
            for path in (self.root / folder).glob(f"{clip}_*"):
                path.unlink()

    def remove_mask(self, name: str) -> None:
        """Remove one frame's mask, by the name that `save_mask` gave."""
        (self.root / name).unlink()

    def read_mask(self, name: str) -> np.ndarray:
        """The labels written before, (rows, columns) uint8."""
        data = np.frombuffer((self.root / name).read_bytes(), np.uint8)
        return cv2.imdecode(data, cv2.IMREAD_GRAYSCALE)

    def save_picture(
        self, clip: str, frame: int, pixels: np.ndarray, box: Box, small: bool = False
    ) -> tuple[str, tuple[int, int, int, int]]:
        """Write a crop of a frame (from 0), grey or RGB, as JPEG, no larger than a page needs.

        Returns
        -------
        Its name below the exam's folder, and the crop's row0, column0, row1, column1 in the frame.
        """
        box = _grown(box, pixels.shape)
        crop = self.showable(clip, pixels)[box.slices]
        side = THUMBNAIL_SIDE_PX if small else LARGEST_SIDE_PX
        scale = min(1.0, side / max(crop.shape[:2]))
        if scale < 1.0:
            size = (max(1, round(crop.shape[1] * scale)), max(1, round(crop.shape[0] * scale)))
            crop = cv2.resize(crop, size, interpolation=cv2.INTER_AREA)
        if crop.ndim == 3:
            crop = cv2.cvtColor(crop, cv2.COLOR_RGB2BGR)
        name = f"pictures/{clip}_frame_{frame + 1:04d}.jpg"
        _write(self.root / name, ".jpg", np.ascontiguousarray(crop), [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY])
        return name, (box.row0, box.column0, box.row1, box.column1)

    def save_text(self, name: str, text: str) -> str:
        """Write a text below the root."""
        (self.root / name).parent.mkdir(exist_ok=True)
        (self.root / name).write_text(text, encoding="utf-8", newline="\n")
        return name

    def save_plane(self, name: str, plane: np.ndarray) -> str:
        """Write an 8-bit grey PNG below the root."""
        (self.root / name).parent.mkdir(exist_ok=True)
        _write(self.root / name, ".png", plane, LABELS_AS_PNG)
        return name

    def save_map(self, clip: str, name: str, rgb: np.ndarray) -> str:
        """Write a drawn map, (rows, columns, 3) uint8 RGB, as PNG; returns its name below the root."""
        path = f"pictures/{clip}_map_{name}.png"
        _write(self.root / path, ".png", cv2.cvtColor(rgb, cv2.COLOR_RGB2BGR), [])
        return path


def _grown(box: Box, shape: tuple[int, ...]) -> Box:
    return Box(
        max(0, box.row0 - MARGIN_PX),
        max(0, box.column0 - MARGIN_PX),
        min(shape[0], box.row1 + MARGIN_PX),
        min(shape[1], box.column1 + MARGIN_PX),
    )


def _write(path: Path, suffix: str, pixels: np.ndarray, parameters: list[int]) -> None:
    _, data = cv2.imencode(suffix, pixels, parameters)
    path.write_bytes(data.tobytes())
