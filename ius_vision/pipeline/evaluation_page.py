"""The figures of an evaluation as one small page that opens offline."""

from __future__ import annotations

import math

from jinja2 import Environment

PLOT_PX = 360
MARGIN_PX = 40

TEMPLATE = """<!doctype html>
<html lang="en"><meta charset="utf-8"><title>Evaluation of {{ model }}</title>
<style>
body { font: 15px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem;
 color: #1a2530 }
table { border-collapse: collapse; margin: .5rem 0 1.5rem } th, td { padding: .2rem .8rem; text-align: right }
th { border-bottom: 2px solid #1a2530 } td { border-bottom: 1px solid #d5dbe1; white-space: nowrap }
th:first-child, td:first-child { text-align: left } svg { background: #f6f8fa } .note { color: #52606d }
</style>
<h1>Evaluation of {{ model }}</h1>
<p class="note">Version {{ version }}, sha256 {{ sha256[:16] }}…; {{ figures.frames }} frames of {{ data }}.
Figures hold for frames like these and support no clinical claim.</p>
<h2>Labels</h2>
<table><tr><th>label<th>frames<th>Dice<th>HD95 (mm)<th>mean surface distance (mm)</tr>
{% for name, row in figures.labels.items() %}<tr><td>{{ name }}<td>{{ row.frames }}<td>{{ row.dice|shown }}
<td>{{ row.hd95_mm|shown }}<td>{{ row.asd_mm|shown }}</tr>{% endfor %}</table>
<h2>Wall thickness, measured minus true</h2>
<table><tr><th>frames with wall<th>number<th>measured<th>bias (mm)<th>MAE (mm)<th>95 % limits (mm)<th>ICC(2,1)
<th>intervals that hold the truth</tr>
{% for name, row in rows %}<tr><td>{{ name }}<td>{{ row.frames }}<td>{{ row.measured_share|percent }}
<td>{{ row.bias|shown }}<td>{{ row.mae|shown }}<td>{{ row.limits_low|shown }} to {{ row.limits_high|shown }}
<td>{{ row.icc|shown }}<td>{{ row.interval_coverage|percent }}</tr>{% endfor %}</table>
{% if points %}<svg width="{{ size }}" height="{{ size }}" role="img"
 aria-label="Measured against true thickness">
<line x1="{{ margin }}" y1="{{ size - margin }}" x2="{{ size - 8 }}" y2="8" stroke="#9aa5b1"/>
{% for x, y in points %}<circle cx="{{ x }}" cy="{{ y }}" r="2.2" fill="#0b6e99" fill-opacity=".55"/>
{% endfor %}
<text x="{{ size / 2 }}" y="{{ size - 10 }}" text-anchor="middle"
 font-size="12">true, 0 to {{ limit }} mm</text>
<text x="14" y="{{ size / 2 }}" text-anchor="middle" font-size="12"
 transform="rotate(-90 14 {{ size / 2 }})">measured, 0 to {{ limit }} mm</text></svg>{% endif %}
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


def evaluation_page(figures: dict, model: str, version: str, sha256: str, data: str) -> str:
    """Render `evaluation.summarise`'s figures as HTML; every text is escaped."""
    environment = Environment(autoescape=True)
    environment.filters["shown"] = lambda value: "–" if value is None else f"{value:.3f}"
    environment.filters["percent"] = lambda value: "–" if value is None else f"{value:.1%}"
    rows = [("all", figures["bwt"])]
    for group, parts in figures["bwt_by"].items():
        rows += [(f"{group}: {name}", part) for name, part in parts.items()]
    points, limit = _points(figures["cases"])
    return environment.from_string(TEMPLATE).render(
        figures=figures, rows=rows, points=points, limit=limit, size=PLOT_PX, margin=MARGIN_PX,
        model=model, version=version, sha256=sha256, data=data,
    )  # fmt: skip


def _points(cases: list[dict]) -> tuple[list[tuple[float, float]], int]:
    """Places of the dots in the plot, px, and the end of both axes, mm."""
    pairs = [
        (case["true_bwt_mm"], case["bwt_mm"])
        for case in cases
        if case["true_bwt_mm"] is not None and "bwt_mm" in case
    ]
    if not pairs:
        return [], 0
    limit = math.ceil(max(max(pair) for pair in pairs))
    scale = (PLOT_PX - MARGIN_PX - 8) / limit
    return [
        (round(MARGIN_PX + scale * true, 1), round(PLOT_PX - MARGIN_PX - scale * found, 1))
        for true, found in pairs
    ], limit
