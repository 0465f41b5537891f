"""Lines along which a field is zero, between its pixels (marching squares)."""

from __future__ import annotations

import numpy as np

TOP, BOTTOM, LEFT, RIGHT, NONE = range(5)
# From which edge of a square to which a line runs, by the corners that are above zero (1 upper left, 2 upper
# right, 4 lower left, 8 lower right): what is below lies on the left. Two opposite corners make two lines.
_RUNS = {
    1: [(TOP, LEFT)], 2: [(RIGHT, TOP)], 3: [(RIGHT, LEFT)], 4: [(LEFT, BOTTOM)], 5: [(TOP, BOTTOM)],
    6: [(RIGHT, TOP), (LEFT, BOTTOM)], 7: [(RIGHT, BOTTOM)], 8: [(BOTTOM, RIGHT)],
    9: [(TOP, LEFT), (BOTTOM, RIGHT)], 10: [(BOTTOM, TOP)], 11: [(BOTTOM, LEFT)], 12: [(LEFT, RIGHT)],
    13: [(TOP, RIGHT)], 14: [(LEFT, TOP)],
}  # fmt: skip
_TABLE = np.full((16, 2, 2), NONE)
for _case, _edges in _RUNS.items():
    _TABLE[_case, : len(_edges)] = _edges


def zero_lines(field: np.ndarray, mask: np.ndarray) -> list[np.ndarray]:
    """Lines where a field is zero, each (points, 2) float64 as (row, column).

    Parameters
    ----------
    field : (rows, columns) float, both 2 or more.
    mask : (rows, columns) bool; lines run only where all four pixels around are in it.

    Notes
    -----
    A closed line begins and ends at the same point. Low values are connected across corners, as
    `skimage.measure.find_contours` has it, whose lines, points and order these are.
    """
    from ius_vision.measurement.compiled.links import join_pieces

    row, column, case = _squares(field > 0.0, mask)
    edges = _TABLE[case].reshape(-1, 2)
    used = edges[:, 0] != NONE
    square = np.repeat(np.arange(len(row)), 2)[used]
    points, keys = _points(field, row, column)
    begin, end = (keys[square, edges[used, side]] for side in (0, 1))
    _, number = np.unique(np.concatenate([begin, end]), return_inverse=True)
    place = np.empty((number.max(initial=-1) + 1, 2))
    place[number] = np.concatenate([points[square, edges[used, side]] for side in (0, 1)])
    pieces = len(begin)
    chain, lengths = np.empty(2 * pieces, np.int64), np.empty(pieces, np.int64)
    join_pieces(number[:pieces], number[pieces:], len(place), chain, lengths)
    stops = np.cumsum(lengths[lengths > 0])
    return [place[chain[stop - size : stop]] for stop, size in zip(stops, lengths, strict=False)]


def _squares(above: np.ndarray, mask: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Upper left pixels of the squares that a line crosses, and which of their corners are above zero."""
    differ = (above[:-1] != above[1:])[:, :-1] | (above[:-1] != above[1:])[:, 1:]
    differ |= above[:-1, :-1] != above[:-1, 1:]
    whole = mask[:-1] & mask[1:]
    row, column = np.nonzero(differ & whole[:, :-1] & whole[:, 1:])
    case = above[row, column] + 2 * above[row, column + 1]
    return row, column, case + 4 * above[row + 1, column] + 8 * above[row + 1, column + 1]


def _points(field: np.ndarray, row: np.ndarray, column: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Where the field is zero on the four edges of every square, (squares, 4, 2), and a key of each point,
    the same for points that are the same.
    """
    corner = {
        (down, right): field[row + down, column + right].astype(np.float64)
        for down in (0, 1)
        for right in (0, 1)
    }
    points, keys = np.empty((len(row), 4, 2)), np.empty((len(row), 4), np.int64)
    for edge, (start, stop) in enumerate(
        (((0, 0), (0, 1)), ((1, 0), (1, 1)), ((0, 0), (1, 0)), ((0, 1), (1, 1)))
    ):
        rise = corner[stop] - corner[start]
        part = np.where(rise == 0.0, 0.0, -corner[start] / np.where(rise == 0.0, 1.0, rise))
        down, right = stop[0] - start[0], stop[1] - start[1]
        points[:, edge, 0] = row + start[0] + down * part
        points[:, edge, 1] = column + start[1] + right * part
        at_end = part >= 1.0
        pixel = (row + start[0] + down * at_end) * field.shape[1] + column + start[1] + right * at_end
        keys[:, edge] = 3 * pixel + np.where((part > 0.0) & ~at_end, 1 + down, 0)
    return points, keys
