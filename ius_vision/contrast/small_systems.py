"""Solve many small symmetric systems at once, entry by entry over the batch.

A matrix is a list of rows of (curves,) arrays, lower triangle. Written out like this, a curve's numbers
do not depend on how many others share its batch.
"""

from __future__ import annotations

import numpy as np

from ius_vision.contrast.models import Array

Lower = list[list[Array]]


def factor(matrix: Lower) -> tuple[Lower, list[Array]]:
    """L and D of L D L^T. A pivot that rounding made zero or negative is lifted to a tiny positive number."""
    size = len(matrix)
    lower: Lower = [[] for _ in range(size)]
    pivots: list[Array] = []
    for i in range(size):
        scaled: list[Array] = []
        for j in range(i):
            entry = matrix[i][j]
            for k in range(j):
                entry = entry - scaled[k] * lower[j][k]
            scaled.append(entry)
            lower[i].append(entry / pivots[j])
        pivot = matrix[i][i]
        for k in range(i):
            pivot = pivot - lower[i][k] * scaled[k]
        pivots.append(np.maximum(pivot, 1e-14 * matrix[i][i] + 1e-300))
    return lower, pivots


def forward(lower: Lower, right: list[Array]) -> list[Array]:
    """Solve L z = right."""
    z: list[Array] = []
    for i, entry in enumerate(right):
        for k in range(i):
            entry = entry - lower[i][k] * z[k]
        z.append(entry)
    return z


def backward(lower: Lower, right: list[Array]) -> list[Array]:
    """Solve L^T x = right."""
    x = list(right)
    for i in range(len(right) - 1, -1, -1):
        for k in range(i + 1, len(right)):
            x[i] = x[i] - lower[k][i] * x[k]
    return x


def inverse(matrix: Lower) -> Lower:
    """Inverse, as full rows."""
    size = len(matrix)
    lower, pivots = factor(matrix)
    zero, one = np.zeros_like(pivots[0]), np.ones_like(pivots[0])
    columns = []
    for column in range(size):
        z = forward(lower, [one if i == column else zero for i in range(size)])
        columns.append(backward(lower, [z[i] / pivots[i] for i in range(size)]))
    return columns  # symmetric, so columns are rows


def sandwich(outer: Lower, inner: Lower) -> Lower:
    """Outer inner outer, as full rows; `outer` as full rows, `inner` as lower triangle."""
    size = range(len(outer))
    full = [[inner[max(i, j)][min(i, j)] for j in size] for i in size]
    half = [[sum(outer[i][k] * full[k][j] for k in size) for j in size] for i in size]
    return [[sum(half[i][k] * outer[k][j] for k in size) for j in size] for i in size]


def quadratic(matrix: Lower, vector: list[Array | None]) -> Array:
    """Vector matrix vector; `matrix` as full rows, None in the vector for zeros."""
    there = [i for i, entry in enumerate(vector) if entry is not None]
    return sum(
        (2.0 if j < i else 1.0) * vector[i] * vector[j] * matrix[i][j] for i in there for j in there if j <= i
    )
