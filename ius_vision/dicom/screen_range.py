"""The dynamic range that stands on a screen, such as `DR 60` or `Dyn. R: 65 dB`."""

from __future__ import annotations

import re
from collections.abc import Sequence

from ius_vision.dicom.dynamic_range import DynamicRange
from ius_vision.dicom.screen_reader import Reading, TextLine

SOURCE = "screen_text"
LEAST_DB, MOST_DB = 30.0, 100.0
NAME = re.compile(r"(?:^|(?<= ))(?:d\.?r|dyn(?:amic)?[. ]{0,2}(?:r(?:ange|ng|g)?)?)\.?(?![a-z])")
NUMBER = re.compile(r"[ :]{0,3}(\d{2,3}(?:\.\d)?)(?![\d.:])")
END = re.compile(r" ?db(?![a-z?])|$| ")
AGREEING = 2


def range_on_screen(looks: Sequence[Sequence[TextLine]]) -> DynamicRange | None:
    """The one range that stands on a screen.

    Parameters
    ----------
    looks : the lines of several frames.

    Returns
    -------
    None where nothing names a range, where two different ones stand there, and where one frame alone does.
    """
    told = [{value for line in lines if (value := line.agreed(_range_db)) is not None} for lines in looks]
    values = set().union(*told)
    if len(values) != 1 or sum(map(bool, told)) < AGREEING:
        return None
    return DynamicRange(values.pop(), SOURCE)


def _range_db(reading: Reading) -> float | None:
    """The number behind the first name of a range, with nothing unread around it."""
    for name in NAME.finditer(reading.letters):
        number = NUMBER.match(reading.digits, name.end())
        if number and END.match(reading.letters, number.end()):
            value = float(number.group(1))
            return value if LEAST_DB <= value <= MOST_DB else None
    return None
