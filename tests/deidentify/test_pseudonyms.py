"""Pseudonyms and moved dates: the same under one key, others under another."""

from __future__ import annotations

import os
import stat
from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ius_vision.deidentify.pseudonyms import MOST_DAYS, Pseudonyms, read_key
from ius_vision.errors import BadUsage

ONE, OTHER = Pseudonyms(b"1" * 32), Pseudonyms(b"2" * 32)


def test_a_patient_keeps_one_pseudonym_under_one_key():
    assert ONE.patient("1234") == ONE.patient(" 1234 ")
    assert len({ONE.patient("1234"), ONE.patient("1235"), OTHER.patient("1234")}) == 3
    assert "1234" not in ONE.patient("1234")


def test_a_uid_is_one_of_the_uuid_form():
    made = ONE.uid("1.2.840.1")
    assert made.startswith("2.25.")
    assert len(made) <= 64
    assert made == ONE.uid("1.2.840.1") != OTHER.uid("1.2.840.1")


def day_of(text: str) -> datetime:
    return datetime.strptime(text, "%Y%m%d")


@given(st.dates(datetime(1950, 1, 1).date(), datetime(2049, 1, 1).date()), st.integers(0, 3000), st.text())
def test_dates_of_a_patient_keep_their_distance(first, days, patient):
    start = first.strftime("%Y%m%d")
    later = datetime.fromordinal(first.toordinal() + days).strftime("%Y%m%d")
    moved = day_of(ONE.day(start, patient)), day_of(ONE.day(later, patient))
    assert (moved[1] - moved[0]).days == days
    assert 1 <= (day_of(start) - moved[0]).days <= MOST_DAYS


def test_a_moment_keeps_its_time_of_day():
    assert ONE.moment("20240131120000.5+0100", "P") == ONE.day("20240131", "P") + "120000.5+0100"


@pytest.mark.parametrize("text", ["", "2024", "20241341", "born in May", "00010101"])
def test_what_is_no_date_becomes_empty(text):
    assert ONE.day(text, "P") == ""


def test_the_key_is_made_once_and_for_its_owner_only(tmp_path):
    path = tmp_path / "site.key"
    made = read_key(path, tmp_path / "out")
    assert read_key(path, tmp_path / "out") == made
    if os.name != "nt":
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert made.key.hex() not in repr(made)


@pytest.mark.parametrize("text", ["", "abcd", "this is no key at all, it is a letter"])
def test_a_file_that_is_no_key_is_refused(tmp_path, text):
    (tmp_path / "site.key").write_text(text)
    with pytest.raises(BadUsage) as caught:
        read_key(tmp_path / "site.key", tmp_path / "out")
    assert caught.value.reason == "bad_key"


def test_a_key_is_never_made_where_it_would_be_given_away(tmp_path):
    with pytest.raises(BadUsage):
        read_key(tmp_path / "out" / "site.key", tmp_path / "out")
    assert not (tmp_path / "out").exists()
