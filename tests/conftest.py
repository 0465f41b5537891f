"""Fixtures shared by all rooms."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import settings

# How long an example takes depends on what else the machine does; a slow one is no failure.
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")
PROJECT = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="session")
def real_data() -> Callable[..., Path]:
    """Give a path inside the folder of real ultrasound files, or skip with the reason."""
    root = Path(os.environ.get("IUS_REAL_DATA", PROJECT.parent / "shared" / "data"))

    def find(*parts: str) -> Path:
        path = root.joinpath(*parts)
        if not path.exists():
            pytest.skip("the folder of real ultrasound files (../shared/data) is not here")
        return path

    return find
