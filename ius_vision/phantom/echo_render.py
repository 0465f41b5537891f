"""The echo engine: one picture from tissue drawn as maps.

Tissue is laid out as maps of echo level in dB, of loss per mm and of bright sheets. A grid of beams, straight
or polar, samples the maps; complex Gaussian scatterers of that level, with specular lines added coherently
where the sheets lie, are convolved with a point spread that changes from depth zone to depth zone. Shadows
of gas and of poor contact, haze, log compression and scan conversion make the picture. Labels are the parts
of the drawn loop that sound reaches, and a picture whose wall no reader could see is drawn anew.

It was written without reference to the other engines, so that a model learns simulators that are not related.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ius_vision.geometry import Spacing
from ius_vision.phantom.echo_around import (
    add_deep_gas,
    add_neighbours,
    cover_with_abdominal_wall,
    draw_borders,
    draw_mesentery,
    draw_unevenness,
)
from ius_vision.phantom.echo_beams import EchoBeams, lay_beams
from ius_vision.phantom.echo_bowel import Bowel, add_bowel
from ius_vision.phantom.echo_display import Display, add_haze, draw_display, to_picture
from ius_vision.phantom.echo_empty import add_other_organs
from ius_vision.phantom.echo_field import EchoField, Patient, draw_field, draw_patient, lay_grid
from ius_vision.phantom.echo_labels import (
    LoopPixels,
    can_be_read,
    label_loop,
    loop_pixels,
    mean_thickness_mm,
)
from ius_vision.phantom.echo_sound import (
    Sound,
    bubble_sheet,
    collect_echoes,
    draw_gain,
    draw_sound,
    lose_contact,
)
from ius_vision.phantom.echo_speckle import draw_envelope
from ius_vision.phantom.echo_tissue import Body, Gas, Tissue
from ius_vision.phantom.labels import FrameTruth, PhantomFrame
from ius_vision.vocabulary import Label, View

MOST_TRIALS = 8
WITHOUT_BOWEL = 0.15
DEEP_GAS_SHARE = 0.12
VIEWS = (View.LONGITUDINAL, View.CROSS_SECTION)


@dataclass(frozen=True, slots=True, eq=False)
class EchoScene:
    """How a picture was taken, and the loop in it; None without bowel."""

    patient: Patient
    field: EchoField
    display: Display
    loop: LoopPixels | None


def draw_echo(seed: int, index: int) -> tuple[EchoScene, PhantomFrame]:
    """Draw frame `index` of a seed; about 15 % show no bowel.

    Notes
    -----
    A frame whose wall cannot be seen is drawn again, seven times at most.
    """
    for trial in range(MOST_TRIALS):
        scene, frame = _draw_once(np.random.default_rng([seed, index, trial]))
        if scene.loop is None or can_be_read(frame.grey, frame.labels, scene.loop):
            break
    return scene, frame


def _draw_once(rng: np.random.Generator) -> tuple[EchoScene, PhantomFrame]:
    patient = draw_patient(rng)
    shows_bowel = rng.random() >= WITHOUT_BOWEL
    view = VIEWS[rng.integers(2)]
    body, tissue, bowel, gases = _draw_tissue(rng, patient, view if shows_bowel else None)
    beams = lay_beams(rng, body.field, body.grid)
    sound, envelope, gain_db = _listen(rng, body, tissue, beams, gases)
    display = draw_display(rng)
    grey = to_picture(envelope, gain_db, beams, display)
    loop = None if bowel is None else loop_pixels(body, bowel, beams, sound)
    labels = np.zeros(grey.shape, np.uint8) if loop is None else label_loop(loop)
    truth = _truth(body.field, labels, loop, view)
    spacing = Spacing(body.field.pixel_mm, body.field.pixel_mm)
    frame = PhantomFrame(grey, labels, spacing, beams.area, truth)
    return EchoScene(patient, body.field, display, loop), frame


def _draw_tissue(
    rng: np.random.Generator, patient: Patient, view: View | None
) -> tuple[Body, Tissue, Bowel | None, tuple[Gas, ...]]:
    """Everything in front of the probe; without a view there is no bowel."""
    field = draw_field(rng, patient)
    grid = lay_grid(field)
    tissue = draw_mesentery(rng, grid, patient)
    uneven = draw_unevenness(rng, grid)
    body = Body(patient, field, grid, draw_borders(rng, field, grid))
    tissue, bowel = add_neighbours(rng, body, tissue), None
    if view is None:
        tissue = add_other_organs(rng, body, tissue)
    else:
        tissue, bowel = add_bowel(rng, body, tissue, view)
    gases = () if bowel is None or bowel.gas is None else (bowel.gas,)
    if rng.random() < DEEP_GAS_SHARE:
        beyond = None if bowel is None else bowel.loop.beyond_mm
        tissue, deep = add_deep_gas(rng, body, tissue, beyond)
        gases += () if deep is None else (deep,)
    tissue = cover_with_abdominal_wall(rng, body, tissue)
    level = tissue.level_db + uneven
    return body, Tissue(level, tissue.loss_db_mm, tissue.sheet), bowel, gases


def _listen(
    rng: np.random.Generator, body: Body, tissue: Tissue, beams: EchoBeams, gases: tuple[Gas, ...]
) -> tuple[Sound, np.ndarray, np.ndarray]:
    """Sound on its way, the envelope of what comes back, (depth, beam), and the gain in dB, (depth, 1)."""
    sound = draw_sound(rng, beams, tissue, gases)
    sheet = beams.sample(tissue.sheet)
    for gas in gases:
        if not gas.opaque and gas.where.any():
            sheet = np.maximum(sheet, bubble_sheet(rng, beams, gas))
    sound = lose_contact(rng, beams, sound, body.borders.depth_mm)
    gain_db = draw_gain(rng, beams)
    envelope = draw_envelope(rng, beams, collect_echoes(beams, tissue, sheet, sound))
    return sound, add_haze(rng, beams, envelope, body.borders.depth_mm), gain_db


def _truth(field: EchoField, labels: np.ndarray, loop: LoopPixels | None, view: View) -> FrameTruth:
    """What is known of a frame; this engine draws no grades of layers or fat."""
    thickness = None if loop is None else mean_thickness_mm(loop, labels)
    wall = labels == Label.WALL
    return FrameTruth(
        bwt_mm=thickness,
        view=View.UNKNOWN if thickness is None else view,
        probe=field.probe,
        lumen="" if thickness is None else loop.lumen,
        bws=None, lost_length_mm=None, ifat=None, visible_wall=wall,
        wall_area_mm2=float(wall.sum()) * field.pixel_mm * field.pixel_mm,
        vessels=(),
    )  # fmt: skip
