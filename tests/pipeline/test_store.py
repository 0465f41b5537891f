"""An exam lies in the output folder whole or not at all."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from ius_vision.errors import BadUsage
from ius_vision.pipeline.store import Store, exam_key, write_text


def finished(store: Store, exam_id: str, key: str) -> Path:
    part = store.begin(exam_id)
    for name in ("findings.json", "evidence.json", "report.html"):
        write_text(part / name, "{}\n")
    store.commit(exam_id, {"key": key})
    return store.folder(exam_id)


def test_an_exam_appears_only_when_it_is_committed(tmp_path):
    store = Store(tmp_path)
    part = store.begin("1.2.3")
    assert part.is_dir()
    assert not store.folder("1.2.3").exists()
    store.commit("1.2.3", {"key": "k"})
    assert store.folder("1.2.3").is_dir()
    assert not part.exists()


def test_a_complete_exam_says_what_it_was_made_from(tmp_path):
    store = Store(tmp_path)
    finished(store, "1.2.3", "k")
    assert store.ledger("1.2.3")["key"] == "k"
    assert store.ledger("9.9") == {}


def test_a_damaged_ledger_means_not_complete(tmp_path):
    store = Store(tmp_path)
    folder = finished(store, "1.2.3", "k")
    (folder / "complete.json").write_text("[1, 2")
    assert store.ledger("1.2.3") == {}
    (folder / "complete.json").write_text("[1, 2]")
    assert store.ledger("1.2.3") == {}


@pytest.mark.parametrize("name", ["findings.json", "evidence.json", "report.html"])
def test_an_exam_that_lost_a_part_is_not_complete(tmp_path, name):
    store = Store(tmp_path)
    (finished(store, "1.2.3", "k") / name).unlink()
    assert store.ledger("1.2.3") == {}


def test_an_exam_whose_mask_is_gone_or_cut_short_is_not_complete(tmp_path):
    store = Store(tmp_path)
    part = store.begin("1.2.3")
    (part / "masks").mkdir()
    for name in ("findings.json", "evidence.json", "report.html", "masks/a.png"):
        write_text(part / name, "whole\n")
    store.commit("1.2.3", {"key": "k"})
    assert store.ledger("1.2.3")["key"] == "k"
    mask = store.folder("1.2.3") / "masks" / "a.png"
    mask.write_text("")  # as a power cut leaves a file that was not flushed
    assert store.ledger("1.2.3") == {}
    mask.unlink()
    assert store.ledger("1.2.3") == {}


def test_findings_changed_by_hand_are_not_complete(tmp_path):
    store = Store(tmp_path)
    (finished(store, "1.2.3", "k") / "findings.json").write_text("[]\n")
    assert store.ledger("1.2.3") == {}


def test_the_result_before_stands_until_the_new_one_is_whole(tmp_path):
    store = Store(tmp_path)
    finished(store, "1.2.3", "old")
    store.begin("1.2.3")
    assert store.ledger("1.2.3")["key"] == "old"
    finished(store, "1.2.3", "new")
    assert store.ledger("1.2.3")["key"] == "new"
    assert [path.name for path in store.exams.iterdir()] == ["1.2.3"]


def test_discarding_leaves_finished_exams_alone(tmp_path):
    store = Store(tmp_path)
    finished(store, "1.2.3", "k")
    part = store.begin("4.5")
    store.discard(["1.2.3", "4.5"])
    assert not part.exists()
    assert store.ledger("1.2.3")["key"] == "k"


def test_a_file_in_the_place_of_the_folder_is_a_clear_error(tmp_path):
    (tmp_path / "out").write_text("a file")
    with pytest.raises(BadUsage) as caught:
        Store(tmp_path / "out")
    assert caught.value.reason == "out_not_writable"


@pytest.mark.skipif(
    os.name == "nt" or os.geteuid() == 0, reason="rights bind neither Windows folders nor root"
)
def test_a_folder_without_write_permission_is_a_clear_error(tmp_path):
    tmp_path.chmod(0o500)
    try:
        with pytest.raises(BadUsage):
            Store(tmp_path / "out")
    finally:
        tmp_path.chmod(0o700)


def test_keys_differ_where_anything_differs_and_not_by_order():
    assert exam_key({"a": 1, "b": [2]}) == exam_key({"b": [2], "a": 1})
    assert exam_key({"a": 1}) != exam_key({"a": 1.5})


def test_discarding_takes_the_parts_of_a_run_s_workers(tmp_path):
    parent, worker = Store(tmp_path, "ab"), Store(tmp_path, "ab.1f")
    part = worker.begin("1.2.3")
    parent.discard(["2.3"])
    assert part.is_dir()
    parent.discard(["1.2.3"])
    assert not part.exists()


def test_runs_do_not_touch_what_another_is_writing(tmp_path):
    before, now = Store(tmp_path, "a"), Store(tmp_path, "b")
    left_over, part = before.begin("1.2.3"), now.begin("1.2.3")
    before.discard(["1.2.3"])
    assert part.is_dir()
    assert not left_over.exists()


def test_what_killed_runs_left_is_swept_away(tmp_path):
    store = Store(tmp_path, "a")
    folder = finished(store, "1.2.3", "k")
    store.begin("4.5")
    beside = (tmp_path / ".clips.csv.77.part", folder / ".report.html.77.part")
    for path in beside:
        path.write_text("half")
    Store(tmp_path, "b").sweep()
    assert store.ledger("1.2.3")["key"] == "k"
    assert [path.name for path in store.exams.iterdir()] == ["1.2.3"]
    assert not any(path.exists() for path in beside)
