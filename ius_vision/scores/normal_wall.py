"""Limits of a normal bowel wall; the sources disagree, so each has a name."""

from __future__ import annotations

from ius_vision.scores.records import by_name, limit

NORMAL_WALL = by_name(
    [
        limit("most_sources", "<= 3.0", "most sources, ileum and colon", "P", "normal ileum or colon"),
        limit("trust_ileum", "<= 2.0", "TRUST, J Crohns Colitis 2022", "P", "normal ileum"),
        limit("trust_uc_sigmoid", "<= 4.0", "TRUST&UC", "P", "normal sigmoid colon"),
        limit("trust_uc_colon", "<= 3.0", "TRUST&UC", "P", "normal colon other than sigmoid"),
        limit(
            "sigmoid_2025_certain",
            "< 3.0",
            "trial consensus 2025",
            "P",
            "normal sigmoid; 3-4 mm is uncertain",
        ),
        limit("rectum", "< 4", "customary", "M", "normal rectum"),
        limit("ecco_esgar", "<= 3", "ECCO-ESGAR", "M", "not pathological"),
        limit("efsumb", "< 2", "EFSUMB", "M", "normal wall"),
        limit("efsumb_colon", "<= 3", "EFSUMB", "M", "normal colon when not contracted"),
        limit("healthy_children", "<= 1.9", "healthy children", "P", "seen in healthy children"),
    ]
)
DEFAULT_NORMAL_WALL = NORMAL_WALL["most_sources"]
