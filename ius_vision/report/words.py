"""The page's words for codes, grades and sources."""

from __future__ import annotations

SEGMENTS = {
    "terminal_ileum": "Terminal ileum",
    "small_bowel": "Small bowel",
    "cecum": "Caecum",
    "ascending_colon": "Ascending colon",
    "transverse_colon": "Transverse colon",
    "descending_colon": "Descending colon",
    "sigmoid_colon": "Sigmoid colon",
    "rectum": "Rectum",
    "unknown": "Segment not known",
}
MODES = {
    "b_mode": "B-mode",
    "color_doppler": "colour Doppler",
    "power_doppler": "power Doppler",
    "contrast": "contrast",
    "spectral_doppler": "spectral Doppler",
    "m_mode": "M-mode",
    "elastography": "elastography",
    "other": "other mode",
}
VIEWS = {"longitudinal": "longitudinal", "cross_section": "cross-section", "unknown": "view not known"}
ITEMS = {
    "bwt": "bowel wall thickness",
    "bws": "wall stratification",
    "ifat": "inflammatory fat",
    "cds": "colour Doppler signal",
}
GRADES: dict[str, tuple[str, ...]] = {
    "bws": ("preserved", "uncertain", "focal loss, up to 3 cm", "extensive loss, over 3 cm"),
    "ifat": ("absent", "uncertain", "present"),
    "cds": (
        "no signal",
        "short signals in the wall",
        "long signals in the wall",
        "long signals, into the mesentery",
    ),
    "limberg": (
        "not thick, no flow",
        "thick, no flow",
        "thick, short spots",
        "thick, longer stretches",
        "thick, stretches into the mesentery",
    ),
}
REGIONS = {
    "wall": "Wall",
    "most_enhanced": "Most enhanced part",
    "inner_half": "Inner half",
    "outer_half": "Outer half",
    "reference": "Reference region, proposed",
    "whole_region": "Whole contrast panel",
    "user": "Region drawn by the user",
}
PATTERNS = {
    "whole_wall": "the whole wall enhances",
    "outer_band_spared": "the outer band is spared",
    "inner_layer_only": "the inner layer alone enhances",
    "none": "no enhancement",
    "uneven": "uneven over the depth",
}
SOURCES = {
    "manifest": "manifest",
    "dicom_region": "DICOM ultrasound region",
    "pixel_spacing": "DICOM Pixel Spacing",
    "ruler": "ruler on the screen",
}
NOTICE = (
    "This page was made by research software without any clinical claim. A person qualified in intestinal "
    "ultrasound has to check every value on the images before use."
)
LIMITS = (
    "Thickness is measured from the lumen–mucosa to the muscularis–serosa interface along the wall's normal, "
    "over the wall that could be seen; folds, tangential cuts and shadowed stretches are left out as far as "
    "they are recognised.",
    "Intervals are 95 % intervals of the software's own error as found on phantoms; errors of the "
    "examination (compression, oblique cuts, the wrong segment) are not in them.",
    "The lengths that separate short from long Doppler signals are settings of this project; none are "
    "published.",
    "Perfusion figures of contrast clips were checked on simulated boluses only: no real bolus was at hand.",
    "IBUS-SAS is shown as a range where an item is missing; a missing item is never taken as normal.",
    "Cut-offs and response definitions disagree between publications; each is shown under its own name.",
)


def words_of(table: dict[str, str], code: str | None) -> str:
    """The page's word for a code; the code itself with blanks where there is none."""
    return table.get(code or "", (code or "").replace("_", " "))


def grade(item: str, value: int | None) -> str:
    """What a grade means, empty without one."""
    return "" if value is None else GRADES[item][value]


def count_of(number: int, thing: str) -> str:
    """Write a number with its word: 1 file, 2 files."""
    return f"{number} {thing}" + ("" if number == 1 else "s")
