"""A contrast clip on the page: its regions' figures, its curve, its motion, its maps."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ius_vision.findings import ClipRow, ContrastRow, ExamFindings
from ius_vision.report.bolus_charts import curve_chart, map_picture, motion_chart
from ius_vision.report.evidence import ClipEvidence
from ius_vision.report.shots import bolus_figure, thumbnail
from ius_vision.report.view import BolusView, Cell, Figure, RegionView
from ius_vision.report.words import MODES, PATTERNS, REGIONS, SEGMENTS, words_of

COLUMNS = {
    "pe_db": ("PE", "dB"), "enhancement_db": ("over baseline", "dB"),
    "pe_to_reference_db": ("over reference", "dB"), "ttp_s": ("TTP", "s"), "rt_s": ("RT", "s"),
    "mtt_s": ("mTT", "s"), "ft_s": ("FT", "s"), "wir": ("WiR", "/s"), "wor": ("WoR", "/s"),
    "wipi": ("WiPI", ""), "wi_auc": ("WiAUC", "s"), "wo_auc": ("WoAUC", "s"), "qof": ("QOF", "%"),
}  # fmt: skip
HEADS = tuple(f"{name}, {unit}" if unit else name for name, unit in COLUMNS.values())


def bolus_views(
    findings: ExamFindings, evidence: Mapping[str, ClipEvidence], pictures: Mapping[str, bytes]
) -> tuple[BolusView, ...]:
    """Every contrast clip of the exam, in the order of its files."""
    files = list(dict.fromkeys(row.file for row in findings.contrast))
    return tuple(
        _view(
            next(clip for clip in findings.clips if clip.file == file),
            [row for row in findings.contrast if row.file == file],
            evidence.get(file),
            pictures,
        )
        for file in files
    )


def _view(
    clip: ClipRow,
    rows: Sequence[ContrastRow],
    shot: ClipEvidence | None,
    pictures: Mapping[str, bytes],
) -> BolusView:
    bolus = shot.bolus if shot else None
    # A clip that has no curve has one row without a region, which says why.
    told = next((row for row in rows if not row.roi), clip)
    charts = []
    if bolus is not None:
        name = words_of(REGIONS, bolus.region).lower()
        scale = "" if bolus.linear else " The dynamic range is not known: heights have no meaning."
        dashed = " dashed without motion compensation," if bolus.unmoved else ""
        caption = (
            f"Curve of the {name}: ● frames, × frames out of plane,{dashed} line the fitted model, vertical "
            f"line the end of the fitted part; below what the fit leaves.{scale}"
        )
        charts.append(Figure(curve_chart(bolus, f"Curve of {clip.file}"), caption))
        motion = motion_chart(bolus, f"Motion in {clip.file}")
        if motion is not None:
            said = (
                "Movement of the tissue against the reference frame (line down, dashed across) and likeness "
                "of every frame to it; dashed level: below it a frame is left out."
            )
            charts.append(Figure(motion, said))
    return BolusView(
        file=clip.file,
        segment="" if clip.segment in (None, "unknown") else words_of(SEGMENTS, clip.segment),
        mode=words_of(MODES, clip.mode),
        status=Cell("", told.status, reason=told.detail or ""),
        facts=_facts(clip, rows),
        regions=tuple(_region(row) for row in rows if row.roi),
        shot=_shot(clip, shot, pictures),
        charts=tuple(charts),
        maps=_maps(shot, pictures),
    )


def _shot(clip: ClipRow, shot: ClipEvidence | None, pictures: Mapping[str, bytes]) -> Figure | None:
    if shot is None:
        return None
    return (
        bolus_figure(clip, shot, pictures[shot.picture])
        if shot.bolus
        else thumbnail(shot, pictures[shot.picture])
    )


def _facts(clip: ClipRow, rows: Sequence[ContrastRow]) -> tuple[str, ...]:
    row = rows[0] if rows[0].panels or len(rows) == 1 else rows[-1]
    known = row.dynamic_range_db
    found = [
        f"{clip.frames} frames",
        "dynamic range not known" if known is None else f"{known:g} dB ({row.dynamic_range_source})",
        f"times from {clip.time_source}" if clip.time_source else "no frame times",
    ]
    if row.joined_files:
        found.append(f"one bolus in {row.joined_files.replace(';', ', ')}")
    if row.compression_factor is not None:
        found.append(f"{row.compression_factor - 1:.1%} of power added by JPEG taken off")
    if row.injection_time_s is not None:
        found.append(f"injection at {row.injection_time_s:g} s ({row.injection_source})")
    elif row.panels:
        found.append("times count from the first frame")
    if row.frames_dropped is not None:
        found.append(f"{row.frames_dropped} frames out of plane")
    if row.largest_shift_mm is not None:
        found.append(f"largest movement {row.largest_shift_mm:.1f} mm")
    if row.saturated_share is not None:
        found.append(f"{row.saturated_share:.1%} of the pixels saturated at the peak")
    patterns = [each.wall_pattern for each in rows if each.wall_pattern]
    if patterns:
        found.append(f"depth pattern: {words_of(PATTERNS, patterns[0])}")
    if row.panels:
        found.append(row.panels.rstrip("."))
    return tuple(found)


def _region(row: ContrastRow) -> RegionView:
    return RegionView(
        name=words_of(REGIONS, row.roi),
        model=row.model or "",
        size="" if row.roi_mm2 is None else f"{row.roi_mm2:.0f} mm²",
        cells=tuple(_cell(row, name) for name in COLUMNS),
        status=Cell("", row.status, reason=row.detail or ""),
        notes=(row.flags or "").replace(";", ", ").replace("_", " "),
    )


def _cell(row: ContrastRow, name: str) -> Cell:
    value = getattr(row, name)
    if value is None:
        return Cell("", "")
    if name == "qof":
        return Cell(f"{100 * value:.1f}", "")
    stem, unit = (name[:-2], "_s") if name.endswith("_s") else (name, "")
    low = getattr(row, f"{stem}_ci_low{unit}", None)
    high = getattr(row, f"{stem}_ci_high{unit}", None)
    show = (
        (lambda number: f"{number:.1f}") if name.endswith(("_db", "_s")) else (lambda number: f"{number:.3g}")
    )
    return Cell(show(value), "", "" if low is None else f"{show(low)} to {show(high)}")


def _maps(shot: ClipEvidence | None, pictures: Mapping[str, bytes]) -> tuple[Figure, ...]:
    if shot is None or shot.bolus is None:
        return ()
    bolus = shot.bolus
    return tuple(
        Figure(
            map_picture(each, pictures[each.picture], bolus.colours),
            f"{each.name[0].upper()}{each.name[1:]} of the wall; grey where a cell does not tell it.",
        )
        for each in bolus.maps
    )
