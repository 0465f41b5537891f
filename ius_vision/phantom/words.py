"""How people write segments and views into an exam, in six languages."""

from __future__ import annotations

from ius_vision.vocabulary import Segment, View

LANGUAGES = ("en", "de", "fr", "es", "it", "zh")

SEGMENTS: dict[Segment, dict[str, tuple[str, ...]]] = {
    Segment.TERMINAL_ILEUM: {
        "en": ("TI", "term. ileum", "Terminal Ileum"),
        "de": ("terminales Ileum", "Ileum terminale"),
        "fr": ("iléon terminal", "dernière anse iléale"),
        "es": ("íleon terminal",),
        "it": ("ileo terminale",),
        "zh": ("末端回肠",),
    },
    Segment.SMALL_BOWEL: {
        "en": ("small bowel", "ileal loop"),
        "de": ("Dünndarm",),
        "fr": ("intestin grêle",),
        "es": ("intestino delgado",),
        "it": ("intestino tenue",),
        "zh": ("小肠",),
    },
    Segment.CECUM: {
        "en": ("cecum", "caecum"),
        "de": ("Zökum",),
        "fr": ("caecum",),
        "es": ("ciego",),
        "it": ("cieco",),
        "zh": ("盲肠",),
    },
    Segment.ASCENDING_COLON: {
        "en": ("ascending colon", "asc colon"),
        "de": ("Colon ascendens",),
        "fr": ("côlon ascendant",),
        "es": ("colon ascendente",),
        "it": ("colon ascendente",),
        "zh": ("升结肠",),
    },
    Segment.TRANSVERSE_COLON: {
        "en": ("transverse colon", "transv. colon"),
        "de": ("Colon transversum", "Querkolon"),
        "fr": ("côlon transverse",),
        "es": ("colon transverso",),
        "it": ("colon trasverso",),
        "zh": ("横结肠",),
    },
    Segment.DESCENDING_COLON: {
        "en": ("descending colon", "colon desc."),
        "de": ("Colon descendens",),
        "fr": ("côlon descendant",),
        "es": ("colon descendente",),
        "it": ("colon discendente",),
        "zh": ("降结肠",),
    },
    Segment.SIGMOID_COLON: {
        "en": ("sigmoid colon", "Sigmoid"),
        "de": ("Sigma", "Colon sigmoideum"),
        "fr": ("côlon sigmoïde",),
        "es": ("colon sigmoide",),
        "it": ("sigma",),
        "zh": ("乙状结肠",),
    },
    Segment.RECTUM: {
        "en": ("rectum",),
        "de": ("Rektum",),
        "fr": ("rectum",),
        "es": ("recto",),
        "it": ("retto",),
        "zh": ("直肠",),
    },
}

VIEWS: dict[View, dict[str, tuple[str, ...]]] = {
    View.LONGITUDINAL: {
        "en": ("long", "LS", "longitudinal"),
        "de": ("längs", "Längsschnitt"),
        "fr": ("coupe longitudinale", "long"),
        "es": ("longitudinal",),
        "it": ("longitudinale",),
        "zh": ("纵切",),
    },
    View.CROSS_SECTION: {
        "en": ("cross section", "TS", "short axis"),
        "de": ("quer", "Querschnitt"),
        "fr": ("coupe axiale",),
        "es": ("corte transversal",),
        "it": ("sezione trasversale",),
        "zh": ("横切",),
    },
}

# Codes of the DICOM standard's SNOMED CT set; the terminal ileum has none there and is written as ileum.
ANATOMY_CODES: dict[Segment, tuple[str, str]] = {
    Segment.SMALL_BOWEL: ("30315005", "Small intestine"),
    Segment.CECUM: ("32713005", "Cecum"),
    Segment.ASCENDING_COLON: ("9040008", "Ascending colon"),
    Segment.TRANSVERSE_COLON: ("485005", "Transverse colon"),
    Segment.DESCENDING_COLON: ("32622004", "Descending colon"),
    Segment.SIGMOID_COLON: ("60184004", "Sigmoid colon"),
    Segment.RECTUM: ("34402009", "Rectum"),
}
