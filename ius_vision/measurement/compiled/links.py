"""Pieces of lines joined end to end."""

from __future__ import annotations

import numpy as np
from numba import types

from ius_vision.machine.jit import entry

_ASKED = types.Array(types.int64, 1, "C", readonly=True)
_ANSWER = types.Array(types.int64, 1, "C")


@entry(_ASKED, _ASKED, types.int64, _ANSWER, _ANSWER)
def join_pieces(begin, end, points, chain, lengths):
    """Join directed pieces into lines, those begun first before those begun later.

    Parameters
    ----------
    begin, end : (pieces,) numbers of the points that a piece joins, below `points`.
    chain : (2 * pieces,) answer, the points of line after line; a closed line ends with its first point.
    lengths : (pieces,) answer, points of every line, 0 behind the last one.
    """
    pieces = len(begin)
    point, behind, before = np.empty((3, 2 * pieces), np.int64)
    first, last = np.full((2, pieces), -1, np.int64)
    begins, ends = np.full((2, points), -1, np.int64)
    nodes = lines = 0
    for piece in range(pieces):
        start, stop = begin[piece], end[piece]
        if start == stop:
            continue
        after, ahead = begins[stop], ends[start]
        begins[stop] = ends[start] = -1
        if after >= 0 and ahead >= 0 and after != ahead:
            older, younger = min(after, ahead), max(after, ahead)
            behind[last[ahead]], before[first[after]] = first[after], last[ahead]
            first[older], last[older] = first[ahead], last[after]
            first[younger] = -1
            begins[point[first[older]]] = ends[point[last[older]]] = older
            continue
        if after < 0 and ahead < 0:
            point[nodes], behind[nodes], before[nodes] = start, -1, -1
            first[lines] = last[lines] = nodes
            begins[start] = ahead = lines
            nodes, lines = nodes + 1, lines + 1
        if ahead >= 0:
            point[nodes], behind[nodes], before[nodes] = stop, -1, last[ahead]
            behind[last[ahead]] = last[ahead] = nodes
            if after < 0:
                ends[stop] = ahead
        else:
            point[nodes], behind[nodes], before[nodes] = start, first[after], -1
            before[first[after]] = first[after] = nodes
            begins[start] = after
        nodes += 1
    written = told = 0
    lengths[:] = 0
    for line in range(lines):
        if first[line] < 0:
            continue
        node, begun = first[line], written
        while node >= 0:
            chain[written] = point[node]
            written, node = written + 1, behind[node]
        lengths[told] = written - begun
        told += 1
