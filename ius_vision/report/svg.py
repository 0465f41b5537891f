"""Small pieces of SVG, with every text escaped."""

from __future__ import annotations

from collections.abc import Iterable

from markupsafe import Markup, escape


def tag(name: str, content: str | Markup = "", **attributes: object) -> Markup:
    """One element. Underscores in attribute names become hyphens, `class_` becomes `class`."""
    words = Markup("").join(
        Markup(' {}="{}"').format(Markup(key.rstrip("_").replace("_", "-")), _number(value))
        for key, value in attributes.items()
        if value is not None
    )
    return Markup("<{0}{1}>{2}</{0}>").format(Markup(name), words, escape(content))


def group(parts: Iterable[Markup], **attributes: object) -> Markup:
    """Elements drawn as one."""
    return tag("g", Markup("").join(parts), **attributes)


def picture(
    parts: Iterable[Markup], width: float, height: float, title: str, description: str, class_: str
) -> Markup:
    """An SVG image with a title and a description that a screen reader speaks."""
    spoken = Markup("").join([tag("title", title), tag("desc", description)])
    return tag(
        "svg",
        spoken + Markup("").join(parts),
        class_=class_,
        viewBox=f"0 0 {_number(width)} {_number(height)}",
        role="img",
        xmlns="http://www.w3.org/2000/svg",
    )


def path(points: Iterable[tuple[float, float]], closed: bool = False, **attributes: object) -> Markup:
    """A polyline through (x, y) points."""
    words = " ".join(f"{_number(float(x))},{_number(float(y))}" for x, y in points)
    return tag("polygon" if closed else "polyline", points=words, **attributes)


def _number(value: object) -> object:
    return f"{value:.2f}".rstrip("0").rstrip(".") if isinstance(value, float) else value
