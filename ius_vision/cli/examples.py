"""Examples below a command's options, each on its own line."""

from __future__ import annotations

import argparse

_TITLE = "examples:"


def examples(*lines: str) -> dict:
    """Arguments for `add_parser` that show these command lines below the options."""
    text = "\n".join([_TITLE, *(f"  ius-vision {line}" for line in lines)])
    return {"epilog": text, "formatter_class": _KeepsLines}


class _KeepsLines(argparse.HelpFormatter):
    """Wraps descriptions as usual and leaves examples as they are, so that they can be copied."""

    def _fill_text(self, text: str, width: int, indent: str) -> str:
        return text if text.startswith(_TITLE) else super()._fill_text(text, width, indent)
