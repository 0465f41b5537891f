"""Small Doppler cines: a speckled band of wall with drawn vessels."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

from ius_vision.geometry import Spacing
from ius_vision.measurement.doppler import DopplerGrader, DopplerSettings, DopplerSignal
from ius_vision.outcomes import Abstained
from ius_vision.vocabulary import Label

from .synthetic import two_walls

SPACING = Spacing(0.15, 0.15)
RED, BLUE, GREEN = (220, 90, 20), (30, 110, 230), (90, 220, 90)
# Rows in mm of the middle of the near and of the far wall, of the tissue between, and of the outer edges.
NEAR_MM, FAR_MM, LUMEN_MM, NEAR_OUTER_MM, FAR_OUTER_MM = 13.5, 22.5, 18.0, 11.0, 25.0


class Cine:
    """Frames of a loop with walls 5 mm thick from 11 to 16 and from 20 to 25 mm; a vessel is a thick line."""

    def __init__(self, frames: int = 16, seed: int = 0) -> None:
        self.shown = two_walls(5.0, 4.0, SPACING, seed=seed)
        grey = np.repeat(self.shown.grey[:, :, None], 3, axis=2)
        self.frames = [grey.copy() for _ in range(frames)]
        self.labels = [self.shown.labels for _ in range(frames)]
        self.area = self.shown.area
        self.rng = np.random.default_rng(seed)

    @property
    def shape(self) -> tuple[int, int]:
        return self.shown.grey.shape

    def vessel(
        self, start_mm, end_mm, width_mm: float = 1.0, colour=RED, frames: Sequence[int] | None = None
    ) -> Cine:
        """Draw a line between two (row, column) points in mm, with flickering brightness."""
        points = [tuple(round(value / 0.15) for value in point[::-1]) for point in (start_mm, end_mm)]
        for index in range(len(self.frames)) if frames is None else frames:
            flicker = self.rng.uniform(0.75, 1.0)
            shade = tuple(float(part * flicker) for part in colour)
            cv2.line(self.frames[index], *points, shade, round(width_mm / 0.15))
        return self

    def noise(self, spots: int) -> Cine:
        """Draw coloured specks at other places in every frame."""
        for picture in self.frames:
            for _ in range(spots):
                row, column = (int(self.rng.integers(0, size)) for size in self.shape)
                cv2.circle(picture, (column, row), 2, RED, -1)
        return self

    def flash(self, frames: Sequence[int]) -> Cine:
        """Fill much of the picture with colour in some frames."""
        for index in frames:
            shade = tuple(float(part * self.rng.uniform(0.3, 1.0)) for part in BLUE)
            cv2.ellipse(self.frames[index], (130, 120), (110, 85), 0, 0, 360, shade, -1)
        return self

    def box(self, top_mm: float, left_mm: float, bottom_mm: float, right_mm: float) -> Cine:
        """Outline a colour box."""
        top, left, bottom, right = (round(value / 0.15) for value in (top_mm, left_mm, bottom_mm, right_mm))
        for picture in self.frames:
            cv2.rectangle(picture, (left, top), (right, bottom), GREEN, 1)
        return self

    def moving(self, swing_mm: float) -> Cine:
        """Move the whole picture up and down, labels with it."""
        for index, picture in enumerate(self.frames):
            rows = round(swing_mm / 0.15 * np.sin(index / 2.0))
            self.frames[index] = np.roll(picture, rows, axis=0)
            self.labels[index] = np.roll(self.labels[index], rows, axis=0)
        return self

    def compressed(self, quality: int) -> Cine:
        """Send every frame through JPEG with halved chroma."""
        for index, picture in enumerate(self.frames):
            _, data = cv2.imencode(".jpg", picture[:, :, ::-1], [cv2.IMWRITE_JPEG_QUALITY, quality])
            self.frames[index] = cv2.imdecode(data, cv2.IMREAD_COLOR)[:, :, ::-1]
        return self

    def tinted(self, tint=(1.0, 0.82, 0.55)) -> Cine:
        """Show grey pixels in a tinted map."""
        for picture in self.frames:
            plain = np.ptp(picture, axis=2) < 3
            level = picture[plain].mean(axis=1) / 255
            picture[plain] = np.stack([255 * level * (t + (1 - t) * level) for t in tint], axis=1).astype(
                np.uint8
            )
        return self

    def grade(
        self, settings: DopplerSettings | None = None, every: int = 1, wall_only: bool = False
    ) -> DopplerSignal | Abstained:
        grader = DopplerGrader(self.area, SPACING, settings)
        for index, (picture, labels) in enumerate(zip(self.frames, self.labels, strict=True)):
            mask = labels == Label.WALL if wall_only else labels
            grader.add(picture, mask if index % every == 0 else None)
        return grader.result()
