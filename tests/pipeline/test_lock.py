"""Two runs never write into one folder at the same time."""

from __future__ import annotations

import pytest

from ius_vision.errors import BadUsage
from ius_vision.pipeline import lock
from ius_vision.pipeline.lock import only_run


def test_a_second_run_is_refused_while_the_first_lasts(tmp_path):
    with only_run(tmp_path):
        with pytest.raises(BadUsage) as caught, only_run(tmp_path):
            pass
        assert caught.value.reason == "out_in_use"
        assert str(tmp_path) in caught.value.detail


def test_the_folder_is_free_and_clean_afterwards(tmp_path):
    for _ in range(2):
        with pytest.raises(ValueError, match="from inside"), only_run(tmp_path):
            raise ValueError("from inside")
    assert list(tmp_path.iterdir()) == []


def test_a_lock_file_left_by_a_killed_run_stops_nobody(tmp_path):
    (tmp_path / ".analyze.lock").touch()
    with only_run(tmp_path):
        pass
    assert list(tmp_path.iterdir()) == []


def test_a_file_system_without_locks_is_told_of(tmp_path, monkeypatch, caplog):
    def cannot(_):
        raise OSError(95, "Operation not supported")

    monkeypatch.setattr(lock, "_lock", cannot)
    with only_run(tmp_path):
        assert "let no other run write to it" in caplog.text


def test_a_disk_without_room_for_the_lock_is_a_clear_error(tmp_path):
    with pytest.raises(BadUsage) as caught, only_run(tmp_path / "gone"):
        pass
    assert caught.value.reason == "out_not_writable"
