"""Results as pandas data frames, for scripts: a row per exam and segment, or per patient and visit."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ius_vision.errors import BadUsage
from ius_vision.study.cohort import Cohort
from ius_vision.study.exam_tables import CONTRAST_MODEL

if TYPE_CHECKING:
    from pandas import DataFrame

KEYS = ["exam_id", "segment"]
_HAS_VALUE = ("measured", "entered")


def exam_frame(folder: Path) -> DataFrame:
    """What an analyze run measured, a row per exam and segment.

    Parameters
    ----------
    folder : that `analyze --out` wrote.

    Returns
    -------
    The columns of `segments.csv`, those of `features.csv` as `feature_NAME`, and perfusion figures of the
    lognormal model as `contrast_NAME` where the segment has one measured region. Units stand in the names;
    what was not measured is missing (NaN, None), never 0.

    Raises
    ------
    BadUsage
        `bad_exams`: the folder does not hold an analyze run's tables.
    """
    frame = _table(folder, "segments")
    if (folder / "features.parquet").exists():
        features = _table(folder, "features")
        frame = _beside(frame, features, [name for name in features if name not in frame], "feature_")
    if (folder / "contrast.parquet").exists():
        contrast = _table(folder, "contrast")
        contrast = contrast[(contrast["model"] == CONTRAST_MODEL) & contrast["status"].isin(_HAS_VALUE)]
        contrast = contrast[~contrast.duplicated(KEYS, keep=False)]
        text = {"file", "model", "status", "reason", "detail"}
        names = [name for name in contrast if name not in frame and name not in text]
        frame = _beside(frame, contrast, names, "contrast_")
    return frame


def cohort_frame(cohort: Cohort) -> DataFrame:
    """A cohort as it was understood, a row per patient and visit; what is not known is missing."""
    import pandas

    rows = [{"patient_id": each.patient_id, "visit": each.visit, **each.values} for each in cohort.visits]
    return pandas.DataFrame(rows)


def rows_frame(rows: Iterable[Any]) -> DataFrame:
    """Rows of any table of the package, such as endpoints, rates or predictions."""
    import pandas

    return pandas.DataFrame([asdict(row) for row in rows])


def _beside(frame: DataFrame, other: DataFrame, names: list[str], prefix: str) -> DataFrame:
    """A table's columns beside a segment's; a segment without a row there has none of them."""
    taken = other[KEYS + names].rename(columns={name: prefix + name for name in names})
    return frame.merge(taken, on=KEYS, how="left", validate="many_to_one")


def _table(folder: Path, name: str) -> DataFrame:
    import pandas

    path = folder / f"{name}.parquet"
    try:
        return pandas.read_parquet(path)
    except (OSError, ValueError) as error:
        raise BadUsage(
            "bad_exams",
            f"{path.name} cannot be read ({error})",
            str(path),
            "Give the folder that `analyze --out` wrote",
        ) from error
