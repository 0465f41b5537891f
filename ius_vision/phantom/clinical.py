"""Clinical rows of simulated patients: what a study would hold beside their exams. None of it is real.

The model, stated so that a method can be tried on it. With z the worst segment's thickness at the baseline,
(BWT - 5.5 mm) / 2.2 mm, f the share that is gone by week 12, (fall - 20 %) / 20 %, and s the site's shift:

    logit P(clinical remission at week 12) = -0.2 - effect * z + effect * f + s

`effect` is the dial of the true effect: 0 means that ultrasound foretells nothing. The overall rate lies near
the published 43 to 49 % at week 12. `device_effect` moves what each of three scanners shows of a wall. CDAI,
SES-CD, CRP and calprotectin follow both with noise.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from ius_vision.phantom.plan import SegmentState, Visit

EVIDENCE = "simulated cohort, not for clinical use"
SITES = ("north", "south", "east")
DEVICES = ("scanner A", "scanner B", "scanner C")
THINNEST_MM = 0.5
INTERCEPT = -0.2
MEAN_BWT_MM, SD_BWT_MM = 5.5, 2.2
MEAN_FALL, SD_FALL = 0.2, 0.2
CRP_ULN, ESR_ULN, FCP_ULN = 5, 20, 250
# Cells that stay: without them a row could not be joined or told from a real one.
KEPT = ("patient_id", "visit", "visit_date", "week", "site", "evidence", "diagnosis", "upa_start_date")
Cells = dict[str, object]


@dataclass(frozen=True, slots=True)
class ClinicalOrder:
    """How the clinical rows are drawn.

    Attributes
    ----------
    effect : log odds of remission by one standard deviation of thickness, and of its fall.
    missing : share of cells that are left empty at random, 0 to below 1.
    site_effect : standard deviation of the sites' shifts, log odds.
    device_effect : standard deviation of the devices' errors of thickness, mm; a patient keeps his device.
        Of no effect where ultrasound comes from the exams.
    with_ultrasound : write the true values of the segment that was worst at the baseline, at every visit;
        else they come from the exams.
    """

    effect: float = 0.8
    missing: float = 0.0
    site_effect: float = 0.0
    with_ultrasound: bool = False
    device_effect: float = 0.0


AS_PUBLISHED = ClinicalOrder()


def clinical_rows(
    order: ClinicalOrder, key: Sequence[int], patient: str, visits: Sequence[Visit]
) -> list[Cells]:
    """Rows of one patient, one a visit; equal keys give equal rows.

    Parameters
    ----------
    key : the cohort's seed first; it seeds the sites' shifts, all of it the patient.
    """
    rng = np.random.default_rng([*key, 7])
    worst = max(visits[0].states, key=lambda each: each.bwt_mm)
    course = [_same_segment(worst, visit) for visit in visits]
    z = (worst.bwt_mm - MEAN_BWT_MM) / SD_BWT_MM
    site = int(rng.integers(len(SITES)))
    shift = order.site_effect * float(np.random.default_rng([key[0], 8]).standard_normal(len(SITES))[site])
    base = _baseline(rng, z, visits[0].day)
    later = [visit for visit in visits if visit.name != visits[0].name]
    fall = 1 - course[-1].bwt_mm / worst.bwt_mm if later else MEAN_FALL
    odds = INTERCEPT - order.effect * z + order.effect * (fall - MEAN_FALL) / SD_FALL + shift
    remission = bool(rng.random() < 1 / (1 + np.exp(-odds)))
    rows = [base] + [_later(rng, base, remission, fall, visit.day) for visit in later]
    made = []
    for row, visit, state in zip(rows, visits, course, strict=True):
        seen = _ultrasound(state) if order.with_ultrasound else {}
        if seen and order.device_effect:
            seen |= _by_device(state, order.device_effect, key)
        week = (visit.day - base["upa_start_date"]).days / 7
        head = {
            "patient_id": patient,
            "visit": visit.name.replace("week", "week_"),
            "visit_date": visit.day,
            "week": round(week, 1),
            "site": SITES[site],
            "evidence": EVIDENCE,
        }
        made.append(_with_gaps(rng, head | row | seen, order.missing))
    return made


def _same_segment(worst: SegmentState, visit: Visit) -> SegmentState:
    return next(state for state in visit.states if state.segment == worst.segment)


def _baseline(rng: np.random.Generator, z: float, day: datetime.date) -> Cells:
    age, years = float(rng.uniform(18, 70)), float(rng.uniform(1, 12))
    start = day + datetime.timedelta(days=int(rng.integers(0, 6)))
    sex = ("female", "male")[rng.integers(2)]
    sescd = int(np.clip(round(9 + 3.5 * z + rng.normal(0, 3)), 0, 40))
    biologics = int(rng.integers(0, 4))
    vaccine = (
        "none"
        if rng.random() < 0.9
        else (day - datetime.timedelta(days=int(rng.integers(20, 400)))).isoformat()
    )
    cells: Cells = {
        "birth_date": day - datetime.timedelta(days=round(age * 365.25)),
        "sex": sex,
        "height_cm": round(float(rng.normal(165 if sex == "female" else 176, 7))),
        "weight_kg": round(float(rng.normal(58 if sex == "female" else 68, 9)), 1),
        "smoking": ("never", "former", "current")[rng.choice(3, p=(0.6, 0.2, 0.2))],
        "diagnosis": "cd",
        "diagnosis_date": day - datetime.timedelta(days=round(min(years, age - 6) * 365.25)),
        "montreal_location": ("L1", "L2", "L3")[rng.choice(3, p=(0.3, 0.15, 0.55))],
        "montreal_behaviour": ("B1", "B2", "B3")[rng.choice(3, p=(0.7, 0.2, 0.1))],
        "montreal_perianal": _said(rng, 0.3),
        "disease_years": round(min(years, age - 6), 1),
        "consent_date": day - datetime.timedelta(days=int(rng.integers(0, 15))),
        "abdominal_surgery": _said(rng, 0.06),
        "nyha_class": 0,
        "live_vaccine_date": vaccine,
        "endoscopy_date": day,
        "ius_date": day,
        "upa_planned_date": start,
        "upa_start_date": start,
        "upa_dose_mg": 45,
        "prior_biologics_n": biologics,
        "prior_antitnf": "yes" if biologics else "no",
        "steroid": _said(rng, 0.3),
        "cdai": round(float(np.clip(rng.normal(290 + 12 * z, 45), 160, 450))),
        "sescd": sescd,
        "ulcers": "yes" if sescd > 3 else _said(rng, 0.3 if sescd else 0.0),
        "isolated_ileal": "no",
    }
    never = ("colectomy_planned", "mucosal_dysplasia", "active_infection", "active_tb", "demyelination")
    cells |= {name: _said(rng, 0.01) for name in (*never, "upa_allergy", "sonovue_hypersensitivity")}
    cells["pregnant_or_lactating"] = "no" if sex == "male" else _said(rng, 0.02)
    return cells | _laboratory(rng, 0.5 * z + 0.9)


def _later(
    rng: np.random.Generator, base: Mapping[str, object], remission: bool, fall: float, day: datetime.date
) -> Cells:
    if remission:
        cdai = float(np.clip(rng.normal(95, 28), 0, 149))
    else:
        cdai = float(np.clip(base["cdai"] - rng.normal(60, 50), 150, 550))
    healed = 0.2 + 0.3 * remission + 0.5 * max(fall, 0)
    left = float(np.clip(rng.normal(1 - healed, 0.2), 0, 1.2))
    sescd = round(base["sescd"] * left)
    same = ("birth_date", "sex", "height_cm", "diagnosis", "upa_start_date")
    return {
        **{name: base[name] for name in same},
        "weight_kg": round(float(base["weight_kg"] + rng.normal(1, 2)), 1),
        "steroid": "no" if base["steroid"] == "no" or remission else _said(rng, 0.5),
        "cdai": round(cdai),
        "sescd": sescd,
        "sescd_max_subscore": min(3, sescd) if sescd < 5 else 2 + int(rng.integers(0, 2)),
        "ulcers": "no" if sescd < 3 else _said(rng, 0.6),
        **_laboratory(rng, -0.8 if remission else 0.3),
    }


def _laboratory(rng: np.random.Generator, level: float) -> Cells:
    """Values that rise with the level of inflammation."""
    return {
        "crp_mg_l": round(float(np.exp(np.log(6) + 0.9 * level + 0.7 * rng.normal())), 1),
        "crp_uln_mg_l": CRP_ULN,
        "esr_mm_h": round(float(np.clip(18 + 8 * level + 8 * rng.normal(), 1, 120))),
        "esr_uln_mm_h": ESR_ULN,
        "fcp_ug_g": round(float(np.exp(np.log(350) + 0.8 * level + 0.6 * rng.normal()))),
        "fcp_uln_ug_g": FCP_ULN,
        "albumin_g_l": round(float(np.clip(rng.normal(40 - 2 * level, 3), 20, 52)), 1),
        "hemoglobin_g_l": round(float(np.clip(rng.normal(126 - 4 * level, 13), 70, 175))),
    }


def _ultrasound(state: SegmentState) -> Cells:
    return {
        "worst_segment": state.segment.value,
        "bwt_mm": round(state.bwt_mm, 3),
        "bws": state.bws,
        "ifat": state.ifat,
        "cds": state.cds,
        "ibus_sas": round(4 * state.bwt_mm + 15 * state.ifat + 7 * state.cds + 4 * state.bws, 3),
    }


def _by_device(state: SegmentState, effect: float, key: Sequence[int]) -> Cells:
    """What the patient's device shows; drawn apart, so that nothing else of the cohort changes."""
    device = int(np.random.default_rng([*key, 9]).integers(len(DEVICES)))
    error = effect * float(np.random.default_rng([key[0], 10]).standard_normal(len(DEVICES))[device])
    shown = replace(state, bwt_mm=max(state.bwt_mm + error, THINNEST_MM))
    return {"device": DEVICES[device], **_ultrasound(shown)}


def _said(rng: np.random.Generator, share: float) -> str:
    return "yes" if rng.random() < share else "no"


def _with_gaps(rng: np.random.Generator, row: Cells, share: float) -> Cells:
    return {name: None if name not in KEPT and rng.random() < share else cell for name, cell in row.items()}


def columns_of(rows: Sequence[Cells]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name for row in rows for name in row))


def as_texts(rows: Sequence[Cells]) -> Iterator[Cells]:
    """Rows as a CSV holds them; dates are ISO 8601."""
    for row in rows:
        yield {
            name: cell.isoformat() if isinstance(cell, datetime.date) else cell for name, cell in row.items()
        }
