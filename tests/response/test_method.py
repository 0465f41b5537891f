"""Boosting and selection: the library's own numbers, nothing leaked, and files that say all of it."""

from __future__ import annotations

import json

import numpy as np
import pytest

from ius_vision.cli.main import main
from ius_vision.errors import BadUsage
from ius_vision.response import development, method
from ius_vision.response.boosting import DEPTH, RATE, TREES, boost_all
from ius_vision.response.model_file import read_model
from ius_vision.response.procedure import fit_all
from ius_vision.response.scoring import scored
from ius_vision.response.selection import best_terms

from .conftest import FIT
from .make import cohort, draw, read


@pytest.fixture(scope="module")
def boosted(tmp_path_factory):
    """Folder of a boosted score of 80 patients, with few resamples."""
    folder = tmp_path_factory.mktemp("boosted")
    table = cohort(folder / "cohort.csv", 80, [1.5, 0.0, 0.0], 1)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(development, "BOOTSTRAPS", 20)
        patch.setattr(method, "SHUFFLES", {"penalised": 20, "boosting": 20})
        words = ["response", "fit", str(table), *FIT, "--features", "bwt_mm,crp_mg_l", "--exploratory"]
        assert main([*words, "--model", "boosting", "--out", str(folder / "score")]) == 0
    return folder


def test_trees_written_out_say_what_the_library_says():
    from sklearn.ensemble import GradientBoostingClassifier

    x, y = draw(90, [1.0, 0.5, 0.0], np.random.default_rng(2))
    mine = boost_all(x, y, np.ones((1, 90)))
    theirs = GradientBoostingClassifier(
        n_estimators=TREES, learning_rate=RATE, max_depth=DEPTH, min_samples_leaf=9, random_state=0
    ).fit(x, y)
    assert mine.linear(x)[0] == pytest.approx(theirs.decision_function(x), abs=1e-9)


def test_contributions_of_trees_add_up_to_the_prediction():
    x, y = draw(60, [1.0, 0.0], np.random.default_rng(3))
    mine = boost_all(x, y, np.ones((1, 60)))
    assert mine.contributions(x).sum(axis=2) + mine.centre[:, None] == pytest.approx(mine.linear(x), abs=1e-9)


def test_patients_left_out_have_no_influence_on_trees_or_on_what_is_selected():
    x, y = draw(80, [0.8, 0.3, 0.0], np.random.default_rng(4))
    x[np.random.default_rng(5).random(x.shape) < 0.1] = np.nan
    x[np.isnan(x).all(axis=1)] = 0.0
    weights = np.r_[np.ones(60), np.zeros(20)][None]
    other_x, other_y = x.copy(), y.copy()
    other_x[60:] += 3.0
    other_y[60:] = 1.0 - y[60:]
    new = np.random.default_rng(6).standard_normal((50, 3))
    for procedure in (boost_all, lambda *given: fit_all(*given, select=1)):
        one, two = (procedure(*given, weights) for given in ((x, y), (other_x, other_y)))
        assert one.linear(new) == pytest.approx(two.linear(new), abs=1e-5)
        assert (one.signs == two.signs).all()


def test_the_terms_that_go_best_with_the_outcome_are_kept():
    y = np.array([0.0, 0, 0, 1, 1, 1])
    x = np.stack([[1, 2, 3, 1, 2, 3], [0, 0, 1, 0, 1, 1], [1, 1, 1, 5, 5, 5], [7] * 6], axis=1).astype(float)
    assert best_terms(x[None], y[None], np.ones((1, 6)), 2).tolist() == [[1, 2]]
    # A patient drawn thrice counts thrice: without the last three, only the first column still varies.
    drawn = np.array([[3.0, 0, 1, 1, 0, 0]])
    assert best_terms(x[None, :, :2], y[None], drawn, 1).tolist() == [[0]]


def test_selection_keeps_as_many_terms_and_no_weight_for_others():
    x, y = draw(100, [1.2, 0.0, 0.0, 0.0], np.random.default_rng(7))
    fits = fit_all(x, y, np.ones((1, 100)), with_covariance=True, select=2)
    assert (fits.coefficients[0, 1:] != 0).sum() == 2
    assert fits.coefficients[0, 1] > 0.5
    unused = 1 + np.flatnonzero(fits.coefficients[0, 1:] == 0)
    assert (fits.covariance[0][unused] == 0).all()
    same = fit_all(x, y, np.ones((1, 100)), select=4)
    assert same.coefficients == pytest.approx(fit_all(x, y, np.ones((1, 100))).coefficients)


def test_a_boosted_score_is_a_file_of_numbers_that_predicts_with_intervals(boosted, capsys):
    score = read_model(boosted / "score")
    document = json.loads((boosted / "score" / "model.json").read_text("utf-8"))
    assert len(document["boosted"]["trees"]) == TREES
    assert [term["coefficient"] for term in document["coefficients"]] == [None, None]
    assert score.provenance.versions["scikit-learn"]
    words = ["response", "predict", str(boosted / "score"), str(boosted / "cohort.csv")]
    assert main([*words, "--out", str(boosted / "out.csv")]) == 0
    rows = [row for row in read(boosted / "out.csv") if row["status"] == "measured"]
    assert len(rows) == 80
    for row in rows:
        assert 0 < float(row["ci_low"]) <= float(row["probability"]) <= float(row["ci_high"]) < 1
    assert "bwt_mm" in rows[0]["contributions"]
    report = (boosted / "score" / "report.html").read_text("utf-8")
    assert "Gradient boosting: 50 trees" in report


def test_what_a_boosted_file_says_is_what_was_fitted(boosted):
    score = read_model(boosted / "score")
    x = np.array([[5.0, 40.0], [7.5, 41.0], [np.nan, 40.0]])
    found = scored(score, x)
    total = 0.0
    for tree in score.boosted.trees:
        node = 0
        while tree.term[node] >= 0:
            node = 2 * node + (1 if x[0, tree.term[node]] <= tree.threshold[node] else 2)
        total += tree.value[node]
    assert found.linear[0] == pytest.approx(score.intercept + total)
    assert np.isnan(found.linear[2])


def test_a_tree_that_looks_at_nothing_or_has_no_end_is_refused(boosted):
    document = json.loads((boosted / "score" / "model.json").read_text("utf-8"))
    for place, value in ((0, 7), (5, 0), (0, -2)):
        document["boosted"]["trees"][0]["term"][place] = value
        path = boosted / f"bad_{place}_{value}.json"
        path.write_text(json.dumps(document))
        with pytest.raises(BadUsage, match=r"looks at a term|without children|greater than"):
            read_model(path)


def test_a_term_of_trees_counts_ten_parameters(boosted):
    found = json.loads((boosted / "score" / "performance.json").read_text("utf-8"))
    assert found["parameters"] == 20
    assert found["model"] == "boosting"
    # Trees know their own patients by heart; what is told of them comes from folds they have not seen.
    assert found["corrected"]["auroc"] == found["cross_validated"]["auroc"]
    assert found["corrected"]["auroc"] < found["apparent"]["auroc"]


def test_trees_take_no_select_and_nothing_is_selected_from_nothing():
    with pytest.raises(BadUsage, match="trees choose"):
        method.method_of("boosting", 2)
    with pytest.raises(BadUsage, match="--select is 0"):
        method.method_of("penalised", 0)


def test_a_selected_score_needs_only_what_it_kept_and_counts_all_candidates(tmp_path, capsys):
    table = cohort(tmp_path / "cohort.csv", 90, [1.5, 0.0, 0.0], 8)
    words = ["response", "fit", str(table), *FIT, "--features", "crp_mg_l,bwt_mm,cdai", "--exploratory"]
    assert main([*words, "--select", "1", "--out", str(tmp_path / "out")]) == 0
    document = json.loads((tmp_path / "out" / "model.json").read_text("utf-8"))
    assert document["required_items"] == ["bwt_mm"]
    found = json.loads((tmp_path / "out" / "performance.json").read_text("utf-8"))
    assert found["parameters"] == 3
    assert found["chosen"]["bwt_mm"] > 0.9 > found["chosen"]["crp_mg_l"]
    assert sum(found["chosen"].values()) == pytest.approx(1.0)
