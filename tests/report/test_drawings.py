"""Key frames and charts as SVG."""

from __future__ import annotations

from dataclasses import replace
from xml.etree import ElementTree

import pytest

from ius_vision.geometry import Box, Spacing
from ius_vision.report.chart import LEFT, RIGHT, FramePoint, ThicknessSeries, thickness_chart
from ius_vision.report.chart import WIDTH as CHART_WIDTH
from ius_vision.report.evidence import Line
from ius_vision.report.overlay import WIDTH, Shot, key_frame
from ius_vision.report.shots import bolus_figure

SVG = "{http://www.w3.org/2000/svg}"


def drawn(shot: Shot) -> ElementTree.Element:
    return ElementTree.fromstring(key_frame(shot, "title", "description"))


def test_a_key_frame_has_the_shape_of_the_tissue_not_of_the_pixels():
    svg = drawn(Shot(b"", Box(0, 0, 100, 200), Spacing(0.2, 0.1)))
    _, _, width, height = map(float, svg.get("viewBox").split())
    assert height / width == pytest.approx(100 * 0.2 / (200 * 0.1))


def test_lines_stand_where_their_pixels_stand():
    line = Line("caliper", ((50.0, 100.0), (70.0, 100.0)))
    svg = drawn(Shot(b"", Box(40, 90, 140, 290), Spacing(0.1, 0.1), (line,), 2.0))
    points = svg.find(f".//{SVG}polyline[@class='line-caliper']").get("points")
    (x0, y0), (_, y1) = [tuple(map(float, point.split(","))) for point in points.split()]
    unit = WIDTH / 200
    assert (x0, y0) == pytest.approx((10.5 * unit, 10.5 * unit), abs=0.01)
    assert y1 - y0 == pytest.approx(20 * unit, abs=0.01)
    assert "2.0 mm" in "".join(svg.itertext())


def test_without_a_scale_there_is_no_scale_bar():
    assert "mm" not in "".join(drawn(Shot(b"", Box(0, 0, 10, 10), None)).itertext())
    assert "10 mm" in "".join(drawn(Shot(b"", Box(0, 0, 300, 300), Spacing(0.1, 0.1))).itertext())


def test_drawings_are_spoken_to_those_who_cannot_see_them():
    svg = drawn(Shot(b"", Box(0, 0, 10, 10), None))
    assert svg.get("role") == "img"
    assert svg.find(f"{SVG}title").text == "title"


def chart(values, label="time, s", **mean) -> ElementTree.Element:
    points = [FramePoint(0.04 * index, value) for index, value in enumerate(values)]
    series = ThicknessSeries(points, label, **{"mean_mm": None, "low_mm": None, "high_mm": None} | mean)
    return ElementTree.fromstring(thickness_chart(series, "title"))


def test_every_frame_has_its_mark_and_missing_ones_have_no_height():
    svg = chart([4.0, None, 5.0], mean_mm=4.5, low_mm=4.0, high_mm=5.0)
    dots = svg.findall(f".//{SVG}circle")
    assert len(dots) == 2
    assert float(dots[0].get("cy")) > float(dots[1].get("cy"))
    assert len(svg.findall(f".//{SVG}g[@class='gap']")) == 1
    assert "3 frames looked at, 2 measured, from 4.0 to 5.0 mm." in svg.find(f"{SVG}desc").text


def test_a_chart_without_any_value_has_no_mean():
    svg = chart([None, None])
    assert svg.findall(f".//{SVG}circle") == []
    assert svg.find(f".//{SVG}polyline[@class='mean']") is None


def test_a_single_frame_stands_in_the_middle_of_the_chart():
    (dot,) = chart([4.0]).findall(f".//{SVG}circle")
    assert float(dot.get("cx")) == pytest.approx((LEFT + CHART_WIDTH - RIGHT) / 2, abs=0.5)


@pytest.mark.parametrize(
    ("kinds", "told"),
    [
        (
            ("wall", "vessel"),
            ": the wall dotted, the proposed reference region as a full line, on both panels.",
        ),
        (("wall",), ": the wall dotted, on both panels."),
        ((), "frame 2 of 3: both panels."),
    ],
)
def test_the_caption_of_a_bolus_names_what_is_drawn_and_no_more(clip, evidence, kinds, told):
    lines = tuple(Line(kind, ((30.0, 20.0), (31.0, 120.0))) for kind in kinds)
    shown = replace(evidence["a/IM1.dcm"], lines=lines)
    assert bolus_figure(clip(), shown, b"").caption.endswith(told)
