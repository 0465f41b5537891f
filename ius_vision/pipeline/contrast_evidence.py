"""What is kept of a bolus beside its rows: curves and masks as files, and what the page draws."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from ius_vision.contrast.curves import Fits
from ius_vision.contrast.maps import WallSeries
from ius_vision.contrast.perfusion import RegionFit
from ius_vision.contrast.regions import Wall
from ius_vision.contrast.study import MOST, PANEL, REFERENCE, UNMOVED, USER, WALL, BolusCine, BolusStudy
from ius_vision.dicom.clip import Clip
from ius_vision.geometry import Box
from ius_vision.pipeline.pictures import PictureFolder
from ius_vision.pipeline.scene import one_frame
from ius_vision.report.bolus_evidence import BolusEvidence, BolusMap
from ius_vision.report.evidence import ClipEvidence, Line
from ius_vision.vocabulary import Label

MOST_POINTS = 400
DIGITS = 6
OUTLINE_TOLERANCE_PX = 0.7
OPACITY = 0.75
MAP_ROOM_PX = 24
MAPS = {"pe_db": ("peak enhancement", "dB"), "ttp_s": ("time to peak", "s"), "mtt_s": ("mean transit", "s")}
MAP_SOURCES = {"pe_db": "pe", "ttp_s": "ttp_s", "mtt_s": "mtt_s"}
ENDS = (2.0, 98.0)
WIDEST_SHARE, WIDEST_PEAK_S = 0.5, 4.0
REGION_BITS = {WALL: 1, MOST: 2, "inner_half": 4, "outer_half": 8, REFERENCE: 16, PANEL: 32, USER: 64}


@dataclass(frozen=True, slots=True, eq=False)
class BolusRecord:
    """Everything about one bolus that leaves a trace on disk."""

    clip: Clip
    name: str
    cine: BolusCine
    study: BolusStudy
    fits: Sequence[RegionFit]
    linear: bool

    @property
    def first(self) -> RegionFit:
        """The fit that the page shows: the user's region, else the wall, else the whole panel."""
        return next(fit for wanted in (USER, WALL, PANEL) for fit in self.fits if fit.region == wanted)


def write_curves(record: BolusRecord, pictures: PictureFolder) -> str:
    """Write every region's curve in the form that `fit-curves` reads; returns its name below the root."""
    study, times_s = record.study, record.cine.times_s
    text = io.StringIO()
    table = csv.writer(text, lineterminator="\n")
    table.writerow(["curve_id", "frame", "time_s", "intensity", "used", "saturated_share", "similarity"])
    for name in study.curves.names:
        row = study.curves.row(name)
        used = study.counted(name)
        for index, time_s in enumerate(times_s):
            power = study.curves.power[0][row, index]
            likeness = f"{study.positions[index].similarity:.4f}" if study.positions else ""
            # A frame that does not count has no intensity: fitted again, the table gives the same figures.
            shown = f"{power:.9g}" if used[index] and np.isfinite(power) else ""
            table.writerow(
                [name, index + 1, f"{time_s:.9g}", shown, int(used[index]),
                 f"{study.curves.saturated[row, index]:.4f}", likeness]
            )  # fmt: skip
    return pictures.save_text(f"contrast/{record.name}_curves.csv", text.getvalue())


def write_regions(record: BolusRecord, pictures: PictureFolder) -> str:
    """Write the regions as bits of one 8-bit PNG of the frame, on the contrast panel."""
    labels = np.zeros((record.clip.rows, record.clip.columns), np.uint8)
    window = labels[record.cine.crop.contrast.slices]
    for name, bit in REGION_BITS.items():
        if name in record.study.regions:
            window[record.study.regions[name]] |= bit
    return pictures.save_plane(f"contrast/{record.name}_regions.png", labels)


def write_wall(record: BolusRecord, pictures: PictureFolder) -> str:
    """Write the wall's labels of the reference frame, on both panels; empty where no wall was found."""
    reference = record.study.reference
    if reference is None or not isinstance(reference.wall, Wall):
        return ""
    labels = np.zeros((record.clip.rows, record.clip.columns), np.uint8)
    for box in (record.cine.crop.tissue, record.cine.crop.contrast):
        window = labels[box.slices]
        window[reference.wall.lumen] = Label.LUMEN
        window[reference.wall.whole] = Label.WALL
    return pictures.save_mask(record.name, reference.index, labels)


def clip_evidence(record: BolusRecord, mask: str, pictures: PictureFolder) -> ClipEvidence:
    """The frame at the peak with the regions on both panels, the curves, the motion and the maps."""
    crop, study = record.cine.crop, record.study
    index = _peak_frame(record)
    frame = one_frame(record.clip, index, colour=True)
    both = [box for box in (crop.tissue, crop.contrast) if box is not None]
    around = Box(
        min(box.row0 for box in both), min(box.column0 for box in both),
        max(box.row1 for box in both), max(box.column1 for box in both),
    )  # fmt: skip
    picture, box = pictures.save_picture(record.name, index, frame, around)
    lines = [
        Line("vessel" if name == REFERENCE else "wall", outline)
        for name in ((USER,) if USER in study.regions else (WALL, REFERENCE))
        if name in study.regions
        for panel in both
        for outline in _outlines(study.regions[name], panel, _moved(study, index))
    ]
    spacing = record.cine.spacing
    return ClipEvidence(
        file=record.clip.file,
        picture=picture,
        frame=index + 1,
        box=box,
        spacing_mm=(spacing.row_mm, spacing.column_mm) if spacing else None,
        lines=tuple(lines),
        mask=mask,
        bolus=_bolus(record, pictures),
    )


def _peak_frame(record: BolusRecord) -> int:
    """The used frame nearest to the peak; the brightest one where nothing was fitted."""
    study, first = record.study, record.first
    used = np.flatnonzero(study.used)
    if used.size == 0:
        return len(record.cine.times_s) // 2
    if "ttp_s" in first.values:
        return int(used[np.argmin(np.abs(record.cine.times_s[used] - first.values["ttp_s"]))])
    power = study.curves.power[0][study.curves.row(first.region), used]
    return int(used[np.argmax(np.nan_to_num(power))])


def _moved(study: BolusStudy, index: int) -> tuple[int, int]:
    if not study.positions:
        return 0, 0
    return round(study.positions[index].rows), round(study.positions[index].columns)


def _outlines(mask: NDArray[np.bool_], panel: Box, moved: tuple[int, int]) -> list[tuple]:
    found, _ = cv2.findContours(mask.astype(np.uint8), cv2.RETR_CCOMP, cv2.CHAIN_APPROX_NONE)
    calm = [cv2.approxPolyDP(line, OUTLINE_TOLERANCE_PX, closed=True) for line in found if len(line) >= 8]
    down, right = panel.row0 + moved[0], panel.column0 + moved[1]
    return [tuple((float(y + down), float(x + right)) for x, y in line[:, 0]) for line in calm]


def _bolus(record: BolusRecord, pictures: PictureFolder) -> BolusEvidence:
    study, cine, first = record.study, record.cine, record.first
    step = max(1, -(-len(cine.times_s) // MOST_POINTS))
    shown = slice(None, None, step)
    curves = study.curves
    fitted = first.curve(cine.times_s)
    size = (cine.spacing.row_mm, cine.spacing.column_mm) if cine.spacing else None
    moved = np.array([(place.rows, place.columns, place.similarity) for place in study.positions])
    followed = study.followed and size is not None
    maps, colours = _maps(record, pictures)
    return BolusEvidence(
        region=first.region,
        times_s=_numbers(cine.times_s[shown]),
        wall=_numbers(curves.power[0][curves.row(first.region)][shown]),
        unmoved=_numbers(curves.power[0][curves.row(UNMOVED)][shown]) if UNMOVED in curves.names else (),
        fit=_numbers(fitted[shown]) if fitted is not None else (),
        used=tuple(bool(each) for each in study.used[shown]),
        rows_mm=_numbers(moved[shown, 0] * size[0]) if followed else (),
        columns_mm=_numbers(moved[shown, 1] * size[1]) if followed else (),
        similarity=_numbers(moved[shown, 2]) if study.positions else (),
        limit=None if np.isnan(study.limit) else round(float(study.limit), 4),
        window_end_s=first.window_end_s,
        linear=record.linear,
        maps=maps,
        colours=colours,
    )


def _numbers(values: NDArray[np.float64]) -> tuple[float | None, ...]:
    return tuple(float(f"{value:.{DIGITS}g}") if np.isfinite(value) else None for value in values)


def _maps(record: BolusRecord, pictures: PictureFolder) -> tuple[tuple[BolusMap, ...], tuple[str, ...]]:
    """Fit every cell of the wall and draw the parameters over the B-mode panel; none without amplitudes."""
    series, study = record.study.wall_series, record.study
    if series is None or record.first.outcome is not None:
        return (), ()
    fits = series.fit(record.first.model)
    told = {name: _told(fits, source) for name, source in MAP_SOURCES.items()}
    values = told | {"pe_db": 10.0 * np.log10(told["pe_db"])}
    size, window = record.cine.spacing, _around(study.reference.wall.whole)
    table = cv2.applyColorMap(np.arange(256, dtype=np.uint8)[:, None], cv2.COLORMAP_VIRIDIS)[:, 0, ::-1]
    tissue = pictures.showable(record.name, study.reference.tissue, record.cine.crop.tissue)
    maps = []
    for name, (words, unit) in MAPS.items():
        known = values[name][np.isfinite(values[name])]
        if known.size < 4:
            continue
        low, high = (float(each) for each in np.percentile(known, ENDS))
        high = max(high, low + 1e-3)
        drawn = _drawn(series, values[name], (low, high), tissue, table)[window]
        path = pictures.save_map(record.name, name, drawn)
        shape = (drawn.shape[0] * size.row_mm, drawn.shape[1] * size.column_mm)
        maps.append(BolusMap(words, unit, round(low, 3), round(high, 3), path, shape))
    colours = tuple("#{:02x}{:02x}{:02x}".format(*table[place]) for place in range(0, 256, 15))
    return tuple(maps), colours if maps else ()


def _told(fits: Fits, name: str) -> NDArray[np.float64]:
    """A parameter of every cell, NaN where its interval is wider than the map could show."""
    value, half = fits.values[name], fits.half_widths[name]
    widest = WIDEST_PEAK_S if name == "ttp_s" else WIDEST_SHARE * np.abs(value)
    return np.where((half <= widest) & ((value > 0) | (name == "ttp_s")), value, np.nan)


def _around(mask: NDArray[np.bool_]) -> tuple[slice, slice]:
    """The part of the panel that holds a mask, with some room above and below."""
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    return (
        slice(max(0, int(rows[0]) - MAP_ROOM_PX), int(rows[-1]) + 1 + MAP_ROOM_PX),
        slice(max(0, int(columns[0]) - MAP_ROOM_PX), int(columns[-1]) + 1 + MAP_ROOM_PX),
    )


def _drawn(
    series: WallSeries,
    values: NDArray[np.float64],
    ends: tuple[float, float],
    tissue: NDArray[np.uint8],
    table: NDArray[np.uint8],
) -> NDArray[np.uint8]:
    """A map in colours over the grey panel; cells without a value stay grey."""
    image = np.kron(series.image(values), np.ones((series.cell_px, series.cell_px)))
    canvas = np.repeat(tissue[..., None], 3, axis=2).astype(np.float32)
    rows = min(image.shape[0], tissue.shape[0] - series.row0)
    columns = min(image.shape[1], tissue.shape[1] - series.column0)
    image = image[:rows, :columns]
    seen = np.isfinite(image)
    place = np.clip((np.nan_to_num(image) - ends[0]) / (ends[1] - ends[0]) * 255, 0, 255).astype(np.intp)
    window = canvas[series.row0 : series.row0 + rows, series.column0 : series.column0 + columns]
    window[seen] = (1 - OPACITY) * window[seen] + OPACITY * table[place][seen]
    return np.rint(canvas).astype(np.uint8)
