"""What an exam holds: a patient's segments at each visit, and the cines taken of them."""

from __future__ import annotations

import datetime
from dataclasses import dataclass, replace

import numpy as np

from ius_vision.phantom.draw_scanner import draw_scanner
from ius_vision.phantom.parts import Scanner
from ius_vision.phantom.screen import SIZES
from ius_vision.phantom.words import LANGUAGES
from ius_vision.vocabulary import Mode, Segment, View

VISITS = ("baseline", "week12")
WEEK_12 = datetime.timedelta(weeks=12)
DEFAULT_SEGMENTS = (Segment.TERMINAL_ILEUM, Segment.SIGMOID_COLON, Segment.ASCENDING_COLON)
B_MODE_VIEWS = (View.LONGITUDINAL, View.CROSS_SECTION, View.LONGITUDINAL, View.CROSS_SECTION)
CONTRAST_SECONDS, CONTRAST_HZ = 60.0, 5.0
SMALL_CONTRAST_SECONDS, SMALL_CONTRAST_HZ = 40.0, 1.0
# What can be wrong with the contrast clip: no agent arrives, the gain is 17 dB too high, no tag and no text
# says the dynamic range, the patient breathes deeply, only the screen says frame times and range. Or it only
# looks unlike the usual one: the contrast panel stands on the left, it has no tint, both.
CONTRAST_FAULTS = (
    "no_bolus", "saturated", "range_unknown", "breathing", "screen_only", "swapped", "grey", "swapped_grey",
)  # fmt: skip
SWAPPED, GREY = ("swapped", "swapped_grey"), ("grey", "swapped_grey")


@dataclass(frozen=True, slots=True)
class ExamOrder:
    """One patient to write. `key` seeds everything; `patient` names them.

    `small` keeps files small: the smallest screen, stronger compression, a shorter contrast clip.
    `contrast_fault` is one of `CONTRAST_FAULTS`, or empty.
    """

    key: tuple[int, ...]
    patient: str
    segments: tuple[Segment, ...] = DEFAULT_SEGMENTS
    frames: int = 24
    visits: tuple[str, ...] = ("baseline",)
    contrast: bool = True
    small: bool = False
    contrast_fault: str = ""


@dataclass(frozen=True, slots=True)
class SegmentState:
    """True state of a segment at a visit."""

    segment: Segment
    bwt_mm: float
    bws: int
    ifat: int
    cds: int


@dataclass(frozen=True, slots=True)
class Visit:
    """One exam: its day, the truth of every segment, and the machine it was made on."""

    name: str
    day: datetime.date
    states: tuple[SegmentState, ...]
    scanner: Scanner
    size: tuple[int, int]
    language: str


@dataclass(frozen=True, slots=True)
class CinePlan:
    """One cine to make. `key` seeds it, `fault` is what is wrong with a contrast clip."""

    key: tuple[int, ...]
    number: int
    state: SegmentState
    view: View
    mode: Mode
    times_s: tuple[float, ...]
    fault: str = ""


def plan_visits(order: ExamOrder) -> tuple[Visit, ...]:
    """Draw a patient's visits; the wall mostly, not always, gets better by week 12."""
    rng = np.random.default_rng([*order.key, 0])
    day = datetime.date(2023, 1, 9) + datetime.timedelta(days=int(rng.integers(0, 600)))
    states = tuple(_draw_state(rng, segment) for segment in order.segments)
    responds = bool(rng.random() < 0.75)
    later = tuple(_after_therapy(rng, state, responds) for state in states)
    scanner = _exam_scanner(rng)
    size = SIZES[0] if order.small else SIZES[rng.integers(len(SIZES))]
    language = LANGUAGES[rng.integers(len(LANGUAGES))]
    visits = {
        "baseline": Visit("baseline", day, states, scanner, size, language),
        "week12": Visit("week12", day + WEEK_12, later, scanner, size, language),
    }
    return tuple(visits[name] for name in order.visits)


def _draw_state(rng: np.random.Generator, segment: Segment) -> SegmentState:
    activity = ("none", "mild", "severe")[rng.choice(3, p=(0.25, 0.35, 0.4))]
    if activity == "none":
        return SegmentState(segment, float(rng.uniform(1.6, 2.8)), 0, 0, 0)
    if activity == "mild":
        bws, ifat, cds = (int(rng.integers(0, 3)), int(rng.integers(0, 2)), int(rng.integers(0, 3)))
        return SegmentState(segment, float(rng.uniform(3.0, 5.0)), bws, ifat, cds)
    bws, ifat, cds = (int(rng.integers(0, 4)), int(rng.integers(1, 3)), int(rng.integers(1, 4)))
    return SegmentState(segment, float(rng.uniform(5.0, 10.0)), bws, ifat, cds)


def _after_therapy(rng: np.random.Generator, state: SegmentState, responds: bool) -> SegmentState:
    if state.bwt_mm < 3.0:
        return replace(state, bwt_mm=state.bwt_mm * float(rng.uniform(0.95, 1.05)))
    if not responds:
        return replace(state, bwt_mm=state.bwt_mm * float(rng.uniform(0.95, 1.2)))
    thinner = max(2.0, state.bwt_mm * float(rng.uniform(0.5, 0.8)))
    calmer = {name: max(0, getattr(state, name) - int(rng.integers(1, 3))) for name in ("bws", "ifat", "cds")}
    return replace(state, bwt_mm=thinner, **calmer)


def _exam_scanner(rng: np.random.Generator) -> Scanner:
    """A machine in ordinary use: moderate gain and range, little noise; storage does its own compression."""
    scanner = draw_scanner(rng, "linear" if rng.random() < 0.75 else "convex")
    scanner = replace(
        scanner, dynamic_range_db=float(rng.uniform(52, 70)), reference=float(rng.uniform(0.36, 0.52)),
        noise_db=float(rng.uniform(-42, -32)), gamma=float(rng.uniform(0.9, 1.15)), jpeg_quality=None,
        tgc_db=tuple(float(v) for v in rng.normal(0, 1.2, 6)),
        attenuation_db_mm=float(rng.uniform(-0.03, 0.08)),
        smoothing_px=float(rng.choice([0.0, 0.6])), sharpening=float(rng.choice([0.0, 0.3])),
    )  # fmt: skip
    if scanner.probe == "linear":
        return replace(
            scanner, width_mm=float(rng.uniform(40, 50)), depth_mm=float(rng.uniform(40, 55)),
            axial_mm=min(scanner.axial_mm, 0.28), lateral_mm=min(scanner.lateral_mm, 0.6),
        )  # fmt: skip
    return scanner


def plan_cines(order: ExamOrder, visit: Visit) -> tuple[CinePlan, ...]:
    """List the cines of a visit: four B-mode and one Doppler a segment, one contrast clip of the thickest."""
    cines = []
    for state in visit.states:
        place = (list(Segment).index(state.segment), VISITS.index(visit.name))
        for turn, view in enumerate(B_MODE_VIEWS):
            times = _times((*order.key, *place, turn), order.frames, 10.0, 25.0)
            cines.append((state, view, Mode.B_MODE, times, (*place, turn)))
        sideways = np.random.default_rng([*order.key, *place, 6]).random() < 0.3
        view = View.CROSS_SECTION if sideways else View.LONGITUDINAL
        times = _times((*order.key, *place, 8), order.frames, 7.0, 12.0)
        cines.append((state, view, Mode.COLOR_DOPPLER, times, (*place, 8)))
    if order.contrast:
        state = max(visit.states, key=lambda each: each.bwt_mm)
        place = (list(Segment).index(state.segment), VISITS.index(visit.name))
        times = _contrast_times(order.small)
        cines.append((state, View.LONGITUDINAL, Mode.CONTRAST, times, (*place, 9)))
    return tuple(
        CinePlan(
            (*order.key, *key),
            number,
            state,
            view,
            mode,
            times,
            order.contrast_fault if mode == Mode.CONTRAST else "",
        )
        for number, (state, view, mode, times, key) in enumerate(cines, start=1)
    )


def _contrast_times(small: bool) -> tuple[float, ...]:
    seconds, rate_hz = (
        (SMALL_CONTRAST_SECONDS, SMALL_CONTRAST_HZ) if small else (CONTRAST_SECONDS, CONTRAST_HZ)
    )
    return tuple(round(index / rate_hz, 4) for index in range(round(seconds * rate_hz)))


def _times(key: tuple[int, ...], frames: int, slowest_hz: float, fastest_hz: float) -> tuple[float, ...]:
    """Frame times in s from 0, in tenths of a ms; one clip in three is uneven, as on some machines."""
    rng = np.random.default_rng([*key, 1])
    interval_ms = np.full(frames, round(1000 / rng.uniform(slowest_hz, fastest_hz), 1))
    if rng.random() < 0.33:
        interval_ms = interval_ms + np.where(rng.random(frames) < 0.2, 16.7, 0.0)
    times = np.concatenate([[0.0], np.cumsum(interval_ms)[:-1]]) / 1000
    return tuple(round(float(value), 4) for value in times)
