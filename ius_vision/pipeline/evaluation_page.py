"""The figures of an evaluation as one small page that opens offline."""

from __future__ import annotations

from jinja2 import Environment
from markupsafe import Markup

from ius_vision.pipeline.evaluation_plots import Axis, Plot, draw, round_up

TEMPLATE = """<!doctype html>
<html lang="en"><meta charset="utf-8"><title>Evaluation of {{ model }}</title>
<style>
body { font: 15px/1.5 system-ui, sans-serif; max-width: 64rem; margin: 2rem auto; padding: 0 1rem;
 color: #1a2530 }
table { border-collapse: collapse; margin: .5rem 0 1.5rem } th, td { padding: .2rem .7rem; text-align: right }
th { border-bottom: 2px solid #1a2530 } td { border-bottom: 1px solid #d5dbe1; white-space: nowrap }
th:first-child, td:first-child { text-align: left } svg { background: #f6f8fa } .note { color: #52606d }
.plots { display: flex; flex-wrap: wrap; gap: 1rem } figure { margin: 0 0 1rem }
figcaption { font-size: 13px; max-width: 430px }
</style>
<h1>Evaluation of {{ model }}</h1>
<p class="note">Version {{ version }}, sha256 {{ sha256[:16] }}…; {{ figures.frames }} frames of {{ data }}.
Figures hold for frames like these and support no clinical claim.</p>
<h2>Labels</h2>
<table><tr><th>label<th>frames<th>Dice<th>HD95 (mm)<th>mean surface distance (mm)</tr>
{% for name, row in figures.labels.items() %}<tr><td>{{ name }}<td>{{ row.frames }}<td>{{ row.dice|shown }}
<td>{{ row.hd95_mm|shown }}<td>{{ row.asd_mm|shown }}</tr>{% endfor %}</table>
<h2>Wall thickness, measured minus true</h2>
<table><tr><th>frames with wall<th>number<th>measured<th>bias (mm)<th>MAE (mm)<th>95 % limits (mm)
<th>ICC(2,1), 95 % interval<th>intervals that hold the truth</tr>
{% for name, row in rows %}<tr><td>{{ name }}<td>{{ row.frames }}<td>{{ row.measured_share|percent }}
<td>{{ row.bias|shown }}<td>{{ row.mae|shown }}<td>{{ row.limits_low|shown }} to {{ row.limits_high|shown }}
<td>{{ row.icc|shown }} ({{ row.icc_low|shown }} to {{ row.icc_high|shown }})
<td>{{ row.interval_coverage|percent }}</tr>{% endfor %}</table>
{% if plots %}<div class="plots">{% for words, plot in plots %}<figure>{{ plot }}
<figcaption>{{ words }}</figcaption></figure>{% endfor %}</div>{% endif %}
<h2>Does the model know what it does not know</h2>
<table><tr><th>interval<th>holds the truth</tr>
{% for row in sure.intervals %}<tr><td>{{ row.level|percent }}<td>{{ row.held|percent }}</tr>{% endfor %}
</table>
<p>Stated and true probability of wall differ by {{ sure.wall_probability.expected_error|shown }} on average
(pixels of 0.1 and more).</p>
<table><tr><th>confidence asked for<th>measured frames with wall that stay
<th>measured frames without wall that stay</tr>
{% for row in sure.confidence_threshold %}<tr><td>{{ row.confidence }}<td>{{ row.kept_with_wall|percent }}
<td>{{ row.kept_without_wall|percent }}</tr>{% endfor %}</table>
<h2>Frames without wall</h2>
<p>{{ figures.without_wall.frames }} frames; wall labelled in
{{ figures.without_wall.wall_found_share|percent }}, a thickness measured in
{{ figures.without_wall.measured_share|percent }}.</p>
<h2>Why frames with wall were not measured</h2>
<table><tr><th>reason<th>frames</tr>
{% for reason, count in figures.abstained.items() %}<tr><td>{{ reason }}<td>{{ count }}</tr>{% endfor %}
</table>
</html>
"""

LIMITS = (("bias", "bias"), ("limits_low", "95 % limit"), ("limits_high", "95 % limit"))


def evaluation_page(figures: dict, model: str, version: str, sha256: str, data: str) -> str:
    """Render `evaluation.summarise`'s figures as HTML; every text is escaped."""
    environment = Environment(autoescape=True)
    environment.filters["shown"] = lambda value: "–" if value is None else f"{value:.3f}"
    environment.filters["percent"] = lambda value: "–" if value is None else f"{value:.1%}"
    rows = [("all", figures["bwt"])]
    for group, parts in figures["bwt_by"].items():
        rows += [(f"{group}: {name}", part) for name, part in parts.items()]
    return environment.from_string(TEMPLATE).render(
        figures=figures, rows=rows, plots=_plots(figures), sure=figures["reliability"],
        model=model, version=version, sha256=sha256, data=data,
    )  # fmt: skip


def _plots(figures: dict) -> list[tuple[str, Markup]]:
    """Caption and drawing of every plot; none where no frame with wall was measured."""
    pairs = [
        (case["true_bwt_mm"], case["bwt_mm"])
        for case in figures["cases"]
        if case["true_bwt_mm"] is not None and "bwt_mm" in case
    ]
    if not pairs:
        return []
    bwt, sure = figures["bwt"], figures["reliability"]
    end = round_up(max(max(pair) for pair in pairs), 5.0)
    size = round_up(max(abs(found - true) for true, found in pairs), 2.5)
    off = Axis(-size, size, "measured minus true, mm")
    between = [(bwt[key], words) for key, words in LIMITS if bwt[key] is not None]
    steps = [(_middle(name, end), part) for name, part in figures["bwt_by"]["true_bwt_mm"].items()]
    known = [(place, part) for place, part in steps if part["bias"] is not None]
    gained = {score: sure[f"abstaining_by_{score}"] for score in ("confidence", "quality")}
    most = round_up(max(row["mae"] for rows in gained.values() for row in rows), 0.05)
    bins = sure["wall_probability"]["bins"]
    drawn = (
        ("Bland and Altman: difference over the mean of measured and true thickness.",
         Plot("Bland-Altman", Axis(0, end, "mean of both, mm"), off,
              dots=[((found + true) / 2, found - true) for true, found in pairs], levels=between)),
        ("Error over true thickness; lines join the bias (orange) and the 95 % limits (blue) of each range.",
         Plot("Error by thickness", Axis(0, end, "true thickness, mm"), off,
              dots=[(true, found - true) for true, found in pairs],
              lines=[[(place, max(-size, min(size, part[key]))) for place, part in known]
                     for key, _ in LIMITS if known])),
        ("Error of what is left when frames of least confidence (orange) or quality (blue) are left out.",
         Plot("Coverage against error", Axis(0.5, 1, "share of measured frames kept"),
              Axis(0, most, "mean absolute error, mm"),
              lines=[[(row["kept_share"], row["mae"]) for row in rows] for rows in gained.values()])),
        ("Stated against true probability of wall (blue); on the diagonal they agree.",
         Plot("Calibration", Axis(0, 1, "stated probability"), Axis(0, 1, "true share"),
              lines=[[(0, 0), (1, 1)], [(row["stated"], row["true"]) for row in bins]])),
    )  # fmt: skip
    return [(words, draw(plot)) for words, plot in drawn]


def _middle(name: str, end_mm: float) -> float:
    """Middle of a range of thickness as `evaluation` names it."""
    low, _, high = name.partition(" to ")
    if high:
        return (float(low) + float(high)) / 2
    low = float(name.removesuffix(" or more"))
    return (low + max(low, end_mm)) / 2
