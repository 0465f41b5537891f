"""Published cut-offs. They disagree, so each has a name, and no score has a default one."""

from __future__ import annotations

from collections.abc import Mapping

from ius_vision.scores.records import Record, by_name, limit

_DRAGONI = "Dragoni 2023, doi 10.1093/ecco-jcc/jjad068"
_ZHAO = "Zhao 2024, doi 10.21037/qims-24-742"
_YUKSEL = "Yuksel 2025, doi 10.1097/meg.0000000000002969"
_SCAND = "Scand J Gastroenterol 2023, doi 10.1080/00365521.2023.2181038"
_UC = "doi 10.1093/ecco-jcc/jjaf050"
_BUSS = "BUSS, ECCO abstract P330, doi 10.1111/apt.16700"
_MUC = "Milan ultrasound criteria"
_RIPOLLES = "Simple-US, Ripollés"

CUT_OFFS: Mapping[str, Mapping[str, Record]] = {
    "ibus_sas": by_name(
        [
            limit(
                "ibus_sas_dragoni_2023",
                "> 25.2",
                _DRAGONI,
                "S",
                "any endoscopic activity",
                "sens 82, spec 100; secondary sources print both > and >= [S]",
            ),
            limit(
                "ibus_sas_zhao_2024_active",
                "> 27.5",
                _ZHAO,
                "S",
                "endoscopic activity",
                "sens 92.7, spec 91.4, n = 203 [P]",
            ),
            limit(
                "ibus_sas_zhao_2024_severe",
                "> 65.5",
                _ZHAO,
                "S",
                "severe endoscopic activity",
                "sens 95, spec 88 [S]",
            ),
            limit(
                "ibus_sas_yuksel_2025",
                "< or <= 24.4",
                _YUKSEL,
                "P",
                "SES-CD <= 2",
                "n = 56, ileal CD; operator not stated [P]",
            ),
            limit(
                "ibus_sas_scand_2023",
                "> or >= 48.7",
                _SCAND,
                "P",
                "active by SES-CD",
                "AUC .895, sens 85.4, spec 82.4, n = 140; operator not stated [P]",
            ),
            limit(
                "ibus_sas_uc_mayo",
                "> 19",
                _UC,
                "P",
                "Mayo endoscopic >= 2 (UC only)",
                "AUC .87, sens 79, spec 84, n = 185 [P]",
            ),
            limit(
                "ibus_sas_uc_uceis",
                "> 23",
                _UC,
                "P",
                "UCEIS >= 5 (UC only)",
                "AUC .89, sens 88, spec 75, n = 185 [P]",
            ),
        ]
    ),
    "buss": by_name(
        [
            limit("buss_active", "> 3.52", _BUSS, "P", "active, SES-CD > 2"),
            limit(
                "buss_remission", "<= 3.52", _BUSS, "J", "remission", "printed as < 3.52 and as <= 3.52 [P]"
            ),
            limit("buss_yuksel_2025", "< or <= 3.9", _YUKSEL, "P", "SES-CD <= 2", "operator not stated [P]"),
        ]
    ),
    "muc": by_name(
        [
            limit("muc_active", "> 6.2", _MUC, "P", "active, Mayo endoscopic > 1 (UC only)"),
            limit("muc_specific", "> 8.2", _MUC, "S", "active (UC only)", "spec 100 [S]"),
        ]
    ),
    "sus_cd": by_name(
        [
            limit(
                "sus_cd_active",
                "> or >= 2.5",
                "SUS-CD",
                "P",
                "active",
                "AUC .835, sens 92.7, spec 64.7; operator not stated [P]",
            )
        ]
    ),
    "simple_us": by_name(
        [
            limit(
                "simple_us_active",
                "> or >= 3.1",
                _RIPOLLES,
                "S",
                "active",
                "AUC .979, sens 92.5, spec 100; operator not stated [S]",
            ),
            limit(
                "simple_us_development",
                "> or >= 5.5",
                _RIPOLLES,
                "S",
                "active",
                "sens 90, spec 86.4 in the development set; operator not stated [S]",
            ),
            limit(
                "simple_us_ulcers",
                "> or >= 7",
                _RIPOLLES,
                "S",
                "ulcers",
                "AUC .853; operator not stated [S]",
            ),
        ]
    ),
}

CHANGE_CUT_OFFS: Mapping[str, Record] = by_name(
    [limit("buss_fall", ">= 1.2", _BUSS, "M", "endoscopic response where BUSS falls by this much")]
)
