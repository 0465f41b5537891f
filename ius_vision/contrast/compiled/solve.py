"""Symmetric systems of five unknowns; matrices as (5, 5) arrays of which the lower triangle is read."""

from __future__ import annotations

from ius_vision.machine.jit import part


@part
def factor(matrix, lower, pivots):
    """L and D of L D L^T. A pivot that rounding made zero or negative is lifted to a tiny positive number."""
    for i in range(5):
        for j in range(i):
            entry = matrix[i, j]
            for k in range(j):
                entry -= lower[i, k] * pivots[k] * lower[j, k]
            lower[i, j] = entry / pivots[j]
        pivot = matrix[i, i]
        for k in range(i):
            pivot -= lower[i, k] * lower[i, k] * pivots[k]
        least = 1e-14 * matrix[i, i] + 1e-300
        pivots[i] = pivot if pivot > least else least


@part
def forward(lower, right, z):
    """Solve L z = right."""
    for i in range(5):
        entry = right[i]
        for k in range(i):
            entry -= lower[i, k] * z[k]
        z[i] = entry


@part
def backward(lower, x):
    """Solve L^T x = x, in place."""
    for i in range(4, -1, -1):
        entry = x[i]
        for k in range(i + 1, 5):
            entry -= lower[k, i] * x[k]
        x[i] = entry


@part
def invert(matrix, lower, pivots, z, out):
    """Inverse of a matrix as a whole one."""
    factor(matrix, lower, pivots)
    for column in range(5):
        for i in range(5):
            out[column, i] = 1.0 if i == column else 0.0
        forward(lower, out[column], z)
        for i in range(5):
            out[column, i] = z[i] / pivots[i]
        backward(lower, out[column])
