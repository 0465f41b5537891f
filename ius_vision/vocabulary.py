"""The contract's words for modes, segments, views and mask labels."""

from __future__ import annotations

from enum import IntEnum, StrEnum


class Mode(StrEnum):
    B_MODE = "b_mode"
    COLOR_DOPPLER = "color_doppler"
    POWER_DOPPLER = "power_doppler"
    CONTRAST = "contrast"
    SPECTRAL_DOPPLER = "spectral_doppler"
    M_MODE = "m_mode"
    ELASTOGRAPHY = "elastography"
    OTHER = "other"


class Segment(StrEnum):
    TERMINAL_ILEUM = "terminal_ileum"
    SMALL_BOWEL = "small_bowel"
    CECUM = "cecum"
    ASCENDING_COLON = "ascending_colon"
    TRANSVERSE_COLON = "transverse_colon"
    DESCENDING_COLON = "descending_colon"
    SIGMOID_COLON = "sigmoid_colon"
    RECTUM = "rectum"
    UNKNOWN = "unknown"


class View(StrEnum):
    LONGITUDINAL = "longitudinal"
    CROSS_SECTION = "cross_section"
    UNKNOWN = "unknown"


class Label(IntEnum):
    """Pixel labels of every mask."""

    BACKGROUND = 0
    LUMEN = 1
    WALL = 2
    INFLAMED_FAT = 3


def interval_names(name: str) -> tuple[str, str]:
    """Columns of a value's 95 % interval; the unit stays at the end of the name."""
    unit = next((end for end in ("_per_s", "_s") if name.endswith(end)), "")
    stem = name.removesuffix(unit)
    return f"{stem}_ci_low{unit}", f"{stem}_ci_high{unit}"
