"""Signs of a contrast clip: tags, words, and the look of two panels side by side."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np
import pydicom

from ius_vision.dicom.clip import ImageArea
from ius_vision.dicom.colour_content import colour_content
from ius_vision.dicom.header import number, text

CONTRAST_WORDS = re.compile(
    r"\b(contrast|contraste|contrasto|kontrast|kontrastmittel|cps|cnti|chi|ceus|sonovue|lumason|definity"
    r"|optison|sonazoid|levovist|luminity)\b|造影"
)
NO_CONTRAST = re.compile(
    r"\b(no|non|without|ohne|sans|sin|senza|pre|before|vor)[\s_-]*(contrast\w*|kontrast\w*|km)\b"
)
LOW_MI = 0.3
LONG_CLIP_S = 20.0
RISE = 1.5


def contrast_signs(
    dataset: pydicom.Dataset, words: str, areas: tuple[ImageArea, ...], frames_rgb: Sequence[np.ndarray]
) -> tuple[str, ...]:
    """Collect what says that a contrast agent was imaged; empty where nothing does.

    Parameters
    ----------
    words : the header's descriptions in lower case.
    frames_rgb : 1 to 5 frames, (rows, columns, 3) uint8 RGB, spread over the clip.
    """
    found = []
    agent = text(dataset, "ContrastBolusAgent")
    if agent:
        known = CONTRAST_WORDS.search(agent.lower())
        # Of a field that anybody may type into, only a word that is known is repeated.
        found.append(f"ContrastBolusAgent {known.group() if known else 'is filled in'}")
    if dataset.get("ContrastBolusAgentSequence"):
        found.append("ContrastBolusAgentSequence")
    if _acuson_contrast(dataset):
        found.append("ACUSON private contrast element")
    match = CONTRAST_WORDS.search(NO_CONTRAST.sub(" ", words))
    if match:
        found.append(f"the word {match.group()!r}")
    pair = _twin_areas(areas)
    if pair is not None:
        found += _twin_signs(pair, dataset, frames_rgb)
    return tuple(found)


def _twin_signs(
    pair: tuple[ImageArea, ImageArea], dataset: pydicom.Dataset, frames_rgb: Sequence[np.ndarray]
) -> list[str]:
    """What makes two near-equal pictures side by side a contrast display rather than a dual view."""
    found = []
    index = number(dataset, "MechanicalIndex")
    if index is not None and 0 < index < LOW_MI:
        found.append(f"two pictures side by side at a mechanical index of {index:g}")
    rows, columns = frames_rgb[0].shape[:2]
    tints = [colour_content(frames_rgb[:1], [area.mask(rows, columns)]).tinted for area in pair]
    if tints[0] != tints[1]:
        found.append("two pictures side by side, one of them in a tinted map")
    duration_s = _duration_s(dataset)
    if duration_s is not None and duration_s > LONG_CLIP_S and len(frames_rgb) >= 3:
        rises = [_rise(area, frames_rgb) for area in pair]
        if max(rises) >= RISE > min(rises):
            found.append(f"two pictures side by side, one of them {max(rises):.1f} times brighter later on")
    return found


def _twin_areas(areas: tuple[ImageArea, ...]) -> tuple[ImageArea, ImageArea] | None:
    if len(areas) != 2:
        return None
    left, right = sorted(areas, key=lambda area: area.box.column0)
    beside = right.box.column0 >= left.box.column1 - 0.1 * left.box.columns
    equal = (
        abs(left.box.rows / right.box.rows - 1) < 0.15
        and abs(left.box.columns / right.box.columns - 1) < 0.15
    )
    return (left, right) if beside and equal else None


def _rise(area: ImageArea, frames_rgb: Sequence[np.ndarray]) -> float:
    means = [float(frame[area.box.slices].mean()) for frame in frames_rgb]
    return max(means[1:]) / max(means[0], 1.0)


def _duration_s(dataset: pydicom.Dataset) -> float | None:
    frames, frame_ms = number(dataset, "NumberOfFrames"), number(dataset, "FrameTime")
    rate = number(dataset, "CineRate") or number(dataset, "RecommendedDisplayFrameRate")
    if frames and frame_ms and frame_ms > 0:
        return frames * frame_ms / 1000
    return frames / rate if frames and rate and rate > 0 else None


def _acuson_contrast(dataset: pydicom.Dataset) -> bool:
    """Private element (7FDF,xx8E) of ACUSON scanners, set while a contrast mode runs."""
    off = {"", "0", "off", "none", "inactive", "false", "b'\\x00\\x00'", "b''"}
    elements = dataset.group_dataset(0x7FDF)
    values = (
        str(element.value).strip().lower() for element in elements if element.tag.element & 0xFF == 0x8E
    )
    return any(value not in off for value in values)
