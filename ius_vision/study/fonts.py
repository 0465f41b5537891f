"""Signs that a figure can draw: with a font of this machine, else spelt out as their code."""

from __future__ import annotations

from functools import cache

PLAIN = "DejaVu Sans"
# Fonts with Chinese, Japanese or Korean signs, by the systems they come with.
WIDE = (
    "Noto Sans CJK SC", "Noto Sans SC", "Source Han Sans SC", "WenQuanYi Zen Hei", "WenQuanYi Micro Hei",
    "Droid Sans Fallback", "Microsoft YaHei", "SimHei", "PingFang SC", "Hiragino Sans GB", "Arial Unicode MS",
)  # fmt: skip


@cache
def families() -> tuple[str, ...]:
    """The plain font, which comes with matplotlib, and one with wide signs where there is one."""
    from matplotlib import font_manager

    there = {font.name for font in font_manager.fontManager.ttflist}
    return (PLAIN, *[name for name in WIDE if name in there][:1])


def drawable(text: str) -> str:
    """The text; a sign that no font here has becomes its code, such as \\u7b2c."""
    return "".join(sign if sign in "\n\t" or _has(sign) else f"\\u{ord(sign):04x}" for sign in text)


@cache
def _has(sign: str) -> bool:
    from matplotlib import font_manager

    paths = (font_manager.findfont(name) for name in families())
    return any(font_manager.get_font(path).get_char_index(ord(sign)) for path in paths)
