"""Marks that users leave on the picture itself: calipers, arrows, words, a focus sign."""

from __future__ import annotations

import cv2
import numpy as np

FONT = cv2.FONT_HERSHEY_SIMPLEX
WORDS = ("TI", "SIGMA", "LONG", "TRANS", "1", "2", "+", "Dist 1", "PHANTOM", "R", "L", "0.42 cm")


def add_marks(grey: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """A copy of a picture, (rows, columns) uint8, with one to three marks on it.

    The truth below them stays: a network has to look past a caliper.
    """
    marked = grey.copy()
    for _ in range(int(rng.integers(1, 4))):
        ink = int(rng.integers(150, 256))
        (_word, _caliper, _dots, _edge_sign)[rng.integers(4)](marked, rng, ink)
    return marked


def _anywhere(grey: np.ndarray, rng: np.random.Generator) -> tuple[int, int]:
    return int(rng.integers(grey.shape[1])), int(rng.integers(grey.shape[0]))


def _word(grey: np.ndarray, rng: np.random.Generator, ink: int) -> None:
    text = WORDS[rng.integers(len(WORDS))]
    cv2.putText(grey, text, _anywhere(grey, rng), FONT, float(rng.uniform(0.35, 0.8)), ink, 1, cv2.LINE_AA)


def _caliper(grey: np.ndarray, rng: np.random.Generator, ink: int) -> None:
    first = _anywhere(grey, rng)
    second = first[0] + int(rng.integers(-15, 16)), first[1] + int(rng.integers(15, 90))
    for x, y in (first, second):
        cv2.drawMarker(grey, (x, y), ink, cv2.MARKER_CROSS, int(rng.integers(7, 14)), 1)
    if rng.random() < 0.5:
        _dotted(grey, first, second, ink)


def _dots(grey: np.ndarray, rng: np.random.Generator, ink: int) -> None:
    """A dotted centre line or needle guide."""
    x = int(rng.integers(grey.shape[1]))
    _dotted(grey, (x, 0), (x + int(rng.integers(-30, 31)), grey.shape[0]), ink)


def _dotted(grey: np.ndarray, first: tuple[int, int], second: tuple[int, int], ink: int) -> None:
    steps = max(2, int(np.hypot(second[0] - first[0], second[1] - first[1]) // 6))
    for share in np.linspace(0, 1, steps):
        x, y = (round(a + share * (b - a)) for a, b in zip(first, second, strict=True))
        cv2.circle(grey, (x, y), 0, ink, 1)


def _edge_sign(grey: np.ndarray, rng: np.random.Generator, ink: int) -> None:
    """A focus or orientation sign at the border."""
    size = int(rng.integers(5, 12))
    x = int(rng.choice([size + 1, grey.shape[1] - size - 2]))
    y = int(rng.integers(size, grey.shape[0] - size))
    corners = np.array([[x - size, y - size], [x - size, y + size], [x, y]], np.int32)
    cv2.fillPoly(grey, [corners], ink)
