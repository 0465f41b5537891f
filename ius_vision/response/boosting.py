"""Gradient boosting beside the penalised score: small trees, written out as numbers that can be read."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray

from ius_vision.response.procedure import filled_in
from ius_vision.response.ridge import Array

TREES, DEPTH, RATE = 50, 2, 0.05
FEWEST_IN_LEAF, LEAF_SHARE = 5, 0.1
NODES = 2 ** (DEPTH + 1) - 1
NO_SPLIT = -1


@dataclass(frozen=True, slots=True)
class Boosted:
    """Boosted models, each the sum of small trees. Node i's children are 2i + 1 (at or below) and 2i + 2.

    Attributes
    ----------
    intercept : (models,) log odds before any tree.
    split : (models, trees, nodes) term a node looks at, or `NO_SPLIT`.
    threshold : (models, trees, nodes) in the units of the table.
    value : (models, trees, nodes) log odds: a leaf's own, an inner node's mean over its patients.
    terms : how many there are.
    """

    intercept: Array
    split: NDArray[np.int64]
    threshold: Array
    value: Array
    terms: int

    def linear(self, x: Array) -> Array:
        """Log odds, (models, patients)."""
        return self.intercept[:, None] + self._walk(x)[0]

    def contributions(self, x: Array) -> Array:
        """(models, patients, terms) log odds by which each term moves a patient from `centre`."""
        return self._walk(x)[1]

    @property
    def centre(self) -> Array:
        """(models,) log odds from which contributions are told."""
        return self.intercept + self.value[:, :, 0].sum(axis=1)

    @property
    def signs(self) -> Array:
        """(models, terms), 1 where a term is looked at by any tree, else 0."""
        return np.stack(
            [(self.split == term).any(axis=(1, 2)).astype(float) for term in range(self.terms)], axis=1
        )

    def _walk(self, x: Array) -> tuple[Array, Array]:
        models, trees, _ = self.split.shape
        seen = rounded(x)
        total = np.zeros((models, len(x)))
        moved = np.zeros((models, len(x), self.terms))
        model, patient = np.arange(models)[:, None], np.arange(len(x))[None, :]
        for tree in range(trees):
            split, value = self.split[:, tree], self.value[:, tree]
            node = np.zeros((models, len(x)), dtype=np.int64)
            for _ in range(DEPTH):
                term = split[model, node]
                stays = term == NO_SPLIT
                right = seen[patient, np.maximum(term, 0)] > self.threshold[:, tree][model, node]
                below = np.where(stays, node, 2 * node + 1 + right)
                moved[model, patient, np.maximum(term, 0)] += value[model, below] - value[model, node]
                node = below
            total += value[model, node]
        return total, moved


def rounded(x: Array) -> Array:
    """Values as the trees compare them: in single precision, as they were when the thresholds were set."""
    return x.astype(np.float32).astype(np.float64)


def boost_all(x: Array, y: Array, weights: Array, with_covariance: bool = False) -> Boosted:
    """Impute and boost, in each resample by itself; as `fit_all`, which has the parameters.

    Notes
    -----
    50 trees of depth 2, each scaled by 0.05, at least 5 patients and a tenth of them in a leaf. These are
    fixed and not tuned, so no fold's luck decides. `with_covariance` is of no use here: the interval comes
    from bootstrap models.
    """
    y = np.broadcast_to(np.atleast_2d(y), weights.shape)
    return joined([_one(x, outcome, weight) for outcome, weight in zip(y, weights, strict=True)])


def joined(models: list[Boosted]) -> Boosted:
    """Many models as one."""
    together = partial(np.concatenate, axis=0)
    return Boosted(
        together([each.intercept for each in models]),
        together([each.split for each in models]),
        together([each.threshold for each in models]),
        together([each.value for each in models]),
        models[0].terms,
    )


def _one(x: Array, y: Array, weight: Array) -> Boosted:
    from sklearn.ensemble import GradientBoostingClassifier

    terms = x.shape[1]
    filled, centre, size = filled_in(x, weight[None])
    # Known values go in as they stand, so that equal values of the table are equal to the trees.
    rows = np.repeat(np.arange(len(y)), weight.astype(int))
    table = np.where(np.isnan(x), filled[0] * size + centre, x)[rows]
    boosting = GradientBoostingClassifier(
        n_estimators=TREES,
        learning_rate=RATE,
        max_depth=DEPTH,
        min_samples_leaf=max(FEWEST_IN_LEAF, int(np.ceil(LEAF_SHARE * len(rows)))),
        random_state=0,
    )
    boosting.fit(table, y[rows])
    share = y[rows].mean()
    trees = [_nodes(each.tree_) for each in boosting.estimators_[:, 0]]
    split, threshold, value = (np.stack(part)[None] for part in zip(*trees, strict=True))
    return Boosted(np.array([np.log(share / (1.0 - share))]), split, threshold, value, terms)


def _nodes(tree) -> tuple[NDArray[np.int64], Array, Array]:
    """A fitted tree in the order of `Boosted`, its values scaled by the rate."""
    split = np.full(NODES, NO_SPLIT)
    threshold, value = np.zeros(NODES), np.zeros(NODES)

    def fill(node: int, place: int) -> float:
        left, right = tree.children_left[node], tree.children_right[node]
        if left < 0:
            value[place] = RATE * float(tree.value[node].item())
            return value[place]
        split[place], threshold[place] = tree.feature[node], tree.threshold[node]
        counts = tree.n_node_samples
        parts = counts[left] * fill(left, 2 * place + 1) + counts[right] * fill(right, 2 * place + 2)
        value[place] = parts / counts[node]
        return value[place]

    fill(0, 0)
    return split, threshold, value
