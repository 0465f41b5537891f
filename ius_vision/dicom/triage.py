"""Which mode a clip is in: the first rule that fires, contrast before Doppler, from tags and pixels."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pydicom

from ius_vision.dicom.clip import ImageArea
from ius_vision.dicom.colour_content import ColourContent, colour_content
from ius_vision.dicom.contrast_signs import contrast_signs
from ius_vision.dicom.header import number, text
from ius_vision.dicom.manifest import ManifestRow
from ius_vision.dicom.regions import (
    COMPONENT_POWER,
    DATA_CW,
    DATA_FLOW,
    DATA_PW,
    FORMAT_M_MODE,
    FORMAT_SPECTRAL,
    Region,
    read_regions,
)
from ius_vision.vocabulary import Mode

BITS_M_MODE, BITS_SPECTRAL, BITS_COLOUR, BITS_POWER = 0x0022, 0x000C, 0x0010, 0x0100
WORD_TAGS = (
    "SeriesDescription",
    "ProtocolName",
    "ImageComments",
    "ViewName",
    "StageName",
    "ProcessingFunction",
)
ELASTOGRAPHY_WORDS = re.compile(r"\b(elasto\w*|elastic\w*|swe|arfi|shear[\s_-]?wave|strain[\s_-]imag\w*)\b")
POWER_WORDS = re.compile(r"\b(pwr|cpa|pdi|power[\s_-]?doppler|angio)\b")
FLOW_SHARE, FLOW_PX = 0.002, 60
SOME_FLOW_PX = 12


@dataclass(frozen=True, slots=True)
class _Facts:
    """Everything the rules look at."""

    dataset: pydicom.Dataset
    regions: tuple[Region, ...]
    bits: int
    words: str
    colour: ColourContent
    areas: tuple[ImageArea, ...]
    frames_rgb: Sequence[np.ndarray]


def triage(
    dataset: pydicom.Dataset,
    sample_rgb: Sequence[np.ndarray],
    areas: tuple[ImageArea, ...],
    manifest_row: ManifestRow | None,
) -> tuple[Mode, tuple[str, ...]]:
    """Name the clip's mode.

    Parameters
    ----------
    sample_rgb : 1 to 5 frames, (rows, columns, 3) uint8 RGB, spread over the clip.

    Returns
    -------
    The mode and the evidence: first what made the rule fire, then where tags and pixels disagree.
    """
    if manifest_row is not None and manifest_row.mode is not None:
        return manifest_row.mode, ("manifest",)
    rows, columns = sample_rgb[0].shape[:2]
    facts = _Facts(
        dataset=dataset,
        regions=read_regions(dataset),
        bits=_image_type_bits(dataset),
        words=_words(dataset),
        colour=colour_content(sample_rgb, [area.mask(rows, columns) for area in areas]),
        areas=areas,
        frames_rgb=sample_rgb,
    )
    rules = (
        (Mode.CONTRAST, _contrast),
        (Mode.SPECTRAL_DOPPLER, _spectral),
        (Mode.M_MODE, _m_mode),
        (Mode.ELASTOGRAPHY, _elastography),
        (Mode.POWER_DOPPLER, _power),
        (Mode.COLOR_DOPPLER, _colour),
        (Mode.B_MODE, _b_mode),
    )
    for mode, rule in rules:
        evidence = rule(facts)
        if evidence:
            return mode, (*evidence, *_conflicts(mode, facts))
    return Mode.OTHER, ("neither tags nor pixels show a 2D picture",)


def _contrast(facts: _Facts) -> tuple[str, ...]:
    return contrast_signs(facts.dataset, facts.words, facts.areas, facts.frames_rgb)


def _spectral(facts: _Facts) -> tuple[str, ...]:
    found = [
        f"region {region.number} is a spectral strip"
        for region in facts.regions
        if region.spatial_format == FORMAT_SPECTRAL or region.data_type in (DATA_PW, DATA_CW)
    ]
    if facts.bits & BITS_SPECTRAL:
        found.append("ImageType says spectral Doppler")
    return tuple(found)


def _m_mode(facts: _Facts) -> tuple[str, ...]:
    found = [
        f"region {region.number} is an M-mode strip"
        for region in facts.regions
        if region.spatial_format == FORMAT_M_MODE
    ]
    if facts.bits & BITS_M_MODE:
        found.append("ImageType says M-mode")
    return tuple(found)


def _elastography(facts: _Facts) -> tuple[str, ...]:
    found = []
    match = ELASTOGRAPHY_WORDS.search(facts.words)
    if match:
        found.append(f"the word {match.group()!r}")
    colour = facts.colour
    rainbow = colour.hues.green >= 0.2 and min(colour.hues.warm, colour.hues.cold) >= 0.05
    bar_rainbow = colour.bar is not None and colour.bar.hues.green >= 0.15
    if rainbow and bar_rainbow and colour.filled_box >= 0.9 and colour.flow_share >= 0.03:
        found.append("a colour overlay fills its box and has a three-coloured bar")
    return tuple(found)


def _power(facts: _Facts) -> tuple[str, ...]:
    found = []
    if facts.bits & BITS_POWER:
        found.append("ImageType says power Doppler")
    if any(region.component == COMPONENT_POWER for region in facts.regions):
        found.append("pixel component is power intensity")
    match = POWER_WORDS.search(facts.words)
    if match:
        found.append(f"the word {match.group()!r}")
    if found and not _can_hold_colour(facts):
        return ()
    if found or facts.bits & BITS_COLOUR:
        return tuple(found)
    return _power_pixels(facts)


def _power_pixels(facts: _Facts) -> tuple[str, ...]:
    """A one-sided warm bar; or, without any bar and any word of colour flow, flow without a trace of blue."""
    colour = facts.colour
    if not _has_flow(colour):
        return ()
    if colour.bar is not None:
        return ("a colour bar from red to yellow alone",) if colour.bar.power else ()
    if any(region.data_type == DATA_FLOW for region in facts.regions):
        return ()
    return ("flow in red to yellow alone",) if colour.hues.warm >= 0.98 else ()


def _colour(facts: _Facts) -> tuple[str, ...]:
    if not _can_hold_colour(facts):
        return ()
    found = []
    if facts.bits & BITS_COLOUR:
        found.append("ImageType says colour Doppler")
    found += [
        f"region {region.number} is colour flow" for region in facts.regions if region.data_type == DATA_FLOW
    ]
    seen = _has_flow(facts.colour)
    if seen:
        found.append(f"coloured flow over {facts.colour.flow_share:.1%} of the picture")
    flagged = number(facts.dataset, "UltrasoundColorDataPresent") == 1
    bar = facts.colour.bar
    power = bar is not None and bar.power and (flagged or facts.colour.flow_px >= SOME_FLOW_PX)
    if bar is not None and (bar.two_sided or power):
        found.append("a colour bar on the screen")
    return tuple(found)


def _b_mode(facts: _Facts) -> tuple[str, ...]:
    if facts.bits & 0x0001:
        return ("ImageType says 2D", "no flow colour in the picture")
    if any(region.is_picture for region in facts.regions):
        return ("a 2D region", "no flow colour in the picture")
    return ("a picture without flow colour",) if facts.areas else ()


def _conflicts(mode: Mode, facts: _Facts) -> tuple[str, ...]:
    """Where the tags say other than what the pixels made of it."""
    said = []
    tagged = bool(facts.bits & (BITS_COLOUR | BITS_POWER)) or any(
        region.data_type == DATA_FLOW for region in facts.regions
    )
    flagged = number(facts.dataset, "UltrasoundColorDataPresent") == 1
    doppler = mode in (Mode.COLOR_DOPPLER, Mode.POWER_DOPPLER)
    if mode is Mode.B_MODE and (tagged or flagged):
        said.append("conflict: the tags say colour, the pixels show none")
    if doppler and facts.bits and not tagged:
        said.append("conflict: ImageType says no Doppler, the pixels show flow")
    if doppler and not _has_flow(facts.colour):
        said.append("no flow in the frames looked at")
    if facts.colour.tinted:
        said.append("the grey map is tinted")
    return tuple(said)


def _has_flow(colour: ColourContent) -> bool:
    """Enough colour for flow beyond compression noise, and not in the green of markers alone."""
    marker = colour.hues.green > 0.9
    return colour.flow_px >= FLOW_PX and colour.flow_share >= FLOW_SHARE and not marker


def _can_hold_colour(facts: _Facts) -> bool:
    return not text(facts.dataset, "PhotometricInterpretation").startswith("MONOCHROME")


def _image_type_bits(dataset: pydicom.Dataset) -> int:
    """Value 4 of Image Type, a hexadecimal number as text; 0 where there is none."""
    values = dataset.get("ImageType")
    if not isinstance(values, (list, pydicom.multival.MultiValue)) or len(values) < 4:
        return 0
    try:
        return int(str(values[3]), 16)
    except ValueError:
        return 0


def _words(dataset: pydicom.Dataset) -> str:
    return " | ".join(text(dataset, keyword) for keyword in WORD_TAGS).replace("_", " ").casefold()
