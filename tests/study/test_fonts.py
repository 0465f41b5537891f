"""Figures say what they cannot draw, and draw what they can."""

from __future__ import annotations

from ius_vision.study import fonts
from ius_vision.study.figures import figure_of, save


def test_signs_that_no_font_has_are_spelt_out_as_their_code(monkeypatch):
    monkeypatch.setattr(fonts, "families", lambda: ("DejaVu Sans",))
    fonts._has.cache_clear()
    assert fonts.drawable("Woche 12, µg/g ≤ 5 é") == "Woche 12, µg/g ≤ 5 é"
    assert fonts.drawable("第12周\nx") == r"\u7b2c12\u5468" + "\nx"
    fonts._has.cache_clear()


def test_a_figure_of_any_text_is_drawn_without_a_missing_sign(tmp_path):
    # Warnings are errors here: a sign without a glyph would be one.
    with figure_of(2, 1) as figure:
        figure.text(0.1, 0.5, fonts.drawable("随访 week 12 \U0001f600 $x^"))
        assert save(figure, tmp_path / "any").startswith("<?xml")
