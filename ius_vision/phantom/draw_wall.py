"""Random walls: layers, lumen, lost layers and the fat around the loop."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np

from ius_vision.phantom.parts import Bowel, Look, Lumen, Ripple, Scanner, Stretch, WallLayers
from ius_vision.phantom.scene import Wishes
from ius_vision.vocabulary import View

FOCAL_MOST_MM = 27.0
EXTENSIVE_LEAST_MM = 33.0


def ripple(rng: np.random.Generator, size: float, cycles: float, terms: int, whole: bool = False) -> Ripple:
    """A random smooth line whose amplitudes add up to `size`; `whole` keeps multiples of `cycles` (rings)."""
    shares = rng.dirichlet(np.ones(terms)) * size
    factors = [term + 1 if whole else rng.uniform(0.6, 1.6) * (term + 1) for term in range(terms)]
    return Ripple(
        tuple(
            (float(share), float(cycles * factor), float(rng.uniform(0, 2 * math.pi)))
            for share, factor in zip(shares, factors, strict=True)
        )
    )


def draw_layers(rng: np.random.Generator, thickness_mm: float, wishes: Wishes, look: Look) -> WallLayers:
    """Draw the wall's layers; now and then a wall without any to be seen."""
    seen = wishes.faithful or wishes.bws is not None or rng.random() > 0.1
    mucosa = float(rng.uniform(-16, -5))
    muscularis = float(rng.uniform(-20, -8))
    submucosa = float(rng.uniform(-2, 8))
    if wishes.faithful:
        submucosa = max(submucosa, max(mucosa, muscularis) + 8.0)
    if not seen:
        submucosa = muscularis = mucosa
    first = float(rng.uniform(0.22, 0.42))
    return WallLayers(
        interface_mm=float(min(rng.uniform(0.15, 0.5), 0.16 * thickness_mm)),
        mucosa_share=first, submucosa_share=float(rng.uniform(0.2, min(0.45, 0.8 - first))),
        serosa_mm=float(rng.uniform(0.2, 0.6)),
        interface_db=float(rng.uniform(3, 15)) if seen or rng.random() < 0.5 else float(rng.uniform(-8, 3)),
        mucosa_db=mucosa, submucosa_db=submucosa, muscularis_db=muscularis,
        serosa_db=float(rng.uniform(2 if wishes.faithful else -5, 13)),
        lost_db=min(mucosa, muscularis) + float(rng.uniform(0, 3)),
        seen=seen,
    )  # fmt: skip


def draw_lumen(rng: np.random.Generator, kind: str, scanner: Scanner, bowel: Bowel, faithful: bool) -> Lumen:
    """Draw what the lumen holds; gas may cover all of the loop or parts of it."""
    level = {"collapsed": (0, 9), "gas": (-3, 5), "fluid": (-45, -45), "contents": (-9, 4)}[kind]
    if not faithful and kind in ("collapsed", "contents") and rng.random() < 0.3:
        level = (-25, 9)
    gas: tuple[tuple[float, float], ...] = ()
    if kind == "gas":
        half = scanner.width_mm
        gas = ((-half, half),)
        if bowel.view == View.LONGITUDINAL and rng.random() < 0.35:
            middle = float(rng.uniform(-0.4, 0.4) * scanner.width_mm)
            gas = ((-half, middle),) if rng.random() < 0.5 else ((middle, half),)
    return Lumen(kind, float(rng.uniform(*level)), gas, float(rng.uniform(1.2, 5.0)))


def draw_loss(rng: np.random.Generator, bowel: Bowel, scanner: Scanner, wishes: Wishes) -> Bowel:
    """Draw lost layers: none, uncertain, focal (up to 3 cm) or extensive."""
    if not bowel.layers.seen:
        return replace(bowel, bws=None)
    grade = wishes.bws
    if grade is None:
        thick = bowel.thickness_mm > 2.5
        grade = int(rng.choice(4, p=(0.55, 0.1, 0.2, 0.15) if thick else (0.95, 0.02, 0.03, 0.0)))
    if grade == 0:
        return bowel
    ring = bowel.view == View.CROSS_SECTION
    # On a ring, lengths along the middle of the wall become angles.
    radius = sum(bowel.radii_mm) / 2 + bowel.thickness_mm / 2
    room = 2 * math.pi * radius if ring else scanner.width_at(bowel.z_mm) - 3.0
    if grade == 3 and room < EXTENSIVE_LEAST_MM and wishes.bws is None:
        grade = 2
    low, high = (6.0, FOCAL_MOST_MM) if grade < 3 else (EXTENSIVE_LEAST_MM, max(60.0, EXTENSIVE_LEAST_MM))
    if ring:
        high = min(high, 0.45 * room) if grade < 3 else room
    low = min(low, 0.8 * high)
    length = float(rng.uniform(low, min(high, max(room, low + 0.1))))
    strength = float(rng.uniform(0.4, 0.6)) if grade == 1 else 1.0
    if ring:
        half = min(length / radius / 2, math.pi + 0.2)
        lost = Stretch(float(rng.uniform(-math.pi, math.pi)), half, 0.15, "both", strength)
    else:
        spare = max(0.0, (room - length) / 2 - 1.0)
        side = ("near", "far", "both")[rng.integers(3)] if bowel.lumen.kind != "gas" else "near"
        lost = Stretch(float(rng.uniform(-spare, spare)), length / 2, 1.5, side, strength)
    return replace(bowel, bws=grade, lost=lost)


def draw_fat(rng: np.random.Generator, bowel: Bowel, scanner: Scanner, wishes: Wishes) -> Bowel:
    """Draw inflamed fat: none, uncertain (a little brighter) or present (bright, thick, hugging the wall)."""
    grade = wishes.ifat
    if grade is None:
        thick = bowel.thickness_mm > 3.0
        grade = int(rng.choice(3, p=(0.4, 0.3, 0.3) if thick else (0.8, 0.1, 0.1)))
    if grade == 0:
        return bowel
    level = float(rng.uniform(6, 11)) if grade == 2 else float(rng.uniform(3.0, 4.5))
    width = float(rng.uniform(5, 14)) if grade == 2 else float(rng.uniform(3, 7))
    if bowel.view == View.CROSS_SECTION:
        fat = Stretch(float(rng.uniform(-math.pi, math.pi)), float(rng.uniform(0.8, 2.6)), 0.5)
    else:
        side = ("near", "far", "both")[rng.integers(3)] if bowel.lumen.kind != "gas" else "near"
        half = float(rng.uniform(0.25, 0.7)) * min(scanner.width_mm, 60.0)
        fat = Stretch(float(rng.uniform(-0.3, 0.3)) * scanner.width_mm, half, 6.0, side)
    return replace(bowel, ifat=grade, fat=fat, fat_mm=width, fat_db=level)
