"""The report of a score in the order of TRIPOD+AI: filled from the run, with what is left to write marked."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from functools import cache

from jinja2 import Environment, PackageLoader, StrictUndefined

from ius_vision.response.card import ROWS, VERDICTS, shown, with_interval
from ius_vision.response.method import PENALISED
from ius_vision.response.model_file import ScoreFile
from ius_vision.response.sample_size import SampleSize, arithmetic

KINDS = ("apparent", "corrected", "cross_validated")
FLOW = {
    "patients": "patients in the table",
    "no_baseline": "no baseline visit",
    "no_visit_at_week": "no visit at the outcome's week",
    "no_feature_known": "no feature known",
    "analysed": "analysed",
    "every_feature_known": "with every feature known (judged)",
    "judged": "judged",
}


@dataclass(frozen=True, slots=True)
class Section:
    """A piece of the report.

    Attributes
    ----------
    item : number of the TRIPOD+AI item.
    lines : what the run knows.
    to_write : what only a person knows; empty where nothing is left.
    """

    item: str
    title: str
    lines: tuple[str, ...]
    to_write: str = ""


def score_page(score: ScoreFile, record: dict, size: SampleSize, plots: dict[str, bytes]) -> str:
    """One self-contained HTML page; the same score gives the same text.

    Parameters
    ----------
    record : performance.json. plots : SVG by name.
    """
    return _environment().get_template("report.html").render(
        score=score,
        record=record,
        verdict=VERDICTS[score.verdict],
        before=(*_introduction(score), *_methods(score, record, size)),
        after=_ending(score),
        flow=[(_flow_words(name), count) for name, count in record["flow"].items()],
        rows=[
            (words, *(with_interval(record[kind], name) for kind in KINDS))
            for name, words in ROWS
        ],
        lowered=shown(record["corrected"]["auroc_632_plus"]),
        chance=shown(record["permutation_p"]),
        risks=record["risk_distribution"],
        signed=score.model == PENALISED,
        plots={name: _data_uri(svg) for name, svg in plots.items()},
        decision=record["decision_curve"],
    )  # fmt: skip


RIGHT = {
    "auroc": "1; 0.5 is chance",
    "calibration_slope": "1; below 1 the probabilities are too extreme",
    "calibration_intercept": "0",
    "oe": "1",
    "brier": "as low as can be",
}


def validation_page(
    score: ScoreFile, record: dict, plots: dict[str, bytes], evidence: str | None, version: str
) -> str:
    """One self-contained HTML page of a score held against new patients.

    Parameters
    ----------
    record : validation.json. plots : SVG by name. evidence : what the new patients' table says of itself.
    """
    low, high = record["auroc_ci"] or (None, None)
    said = (
        "The AUROC is not determined: all of these patients reached the outcome, or none did."
        if low is None
        else "The interval of the AUROC holds 0.5: no evidence of prediction in these patients."
        if low <= 0.5 <= high
        else "The interval of the AUROC lies below 0.5: the score puts these patients in the wrong order."
        if high < 0.5
        else "The interval of the AUROC lies above 0.5."
    )
    return _environment().get_template("validation.html").render(
        score=score,
        record=record,
        evidence=evidence,
        version=version,
        said=said,
        same=record["cohort_sha256"] == score.provenance.cohort_sha256,
        flow=[(_flow_words(name), count) for name, count in record["flow"].items()],
        rows=[(words, with_interval(record, name), RIGHT[name]) for name, words in ROWS],
        plots={name: _data_uri(svg) for name, svg in plots.items()},
    )  # fmt: skip


def _introduction(score: ScoreFile) -> tuple[Section, ...]:
    outcome = score.outcome
    kind = "development of a prediction model with internal validation"
    return (
        Section(
            "1", "Title", (f"{outcome.endpoint} at week {outcome.week}: {kind}.",), "Title with setting."
        ),
        Section("2", "Abstract", (), "Structured abstract (TRIPOD+AI for Abstracts)."),
        Section("3", "Background", (), "Medical context, care pathway, existing models, known inequalities."),
        Section("4", "Objectives", (f"Aim: {kind}.",), "Intended use, users and patients."),
    )


def _methods(score: ScoreFile, record: dict, size: SampleSize) -> tuple[Section, ...]:
    made, outcome, crossed = score.provenance, score.outcome, record["cross_validated"]
    rule = outcome.rule.rstrip(".")
    source = f"Table {made.cohort_file}, SHA-256 {made.cohort_sha256}."
    joined = () if made.exams_folder is None else (f"Ultrasound joined from the run in {made.exams_folder}.",)
    predictors = "; ".join(
        f"{each.column}, {each.moment.replace('_', ' ')} ({each.kind})" for each in score.features
    )
    chosen = {
        "columns": "The columns were named by whoever ran the fit.",
        "radiomics": "All columns of features.csv were candidates.",
    }.get(score.feature_set, "The set is fixed in the software and was not chosen from these data.")
    return (
        Section("5", "Data", (source, *joined), "Source, dates of enrolment and follow-up, why these data."),
        Section("6", "Participants", (), "Setting, sites, eligibility (`study eligibility`), treatments."),
        Section("7", "Data preparation", (score.preprocessing.scaling,), "Checks made on the table "
        "(problems.csv)."),
        Section(
            "8",
            "Outcome",
            (f"{outcome.endpoint} at week {outcome.week}, definition {outcome.definition}: {rule}.",),
            "Who assessed it, and whether blind to the predictors.",
        ),
        Section("9", "Predictors", (f"{predictors}.", chosen), "How and by whom they were measured."),
        Section("10", "Sample size", arithmetic(size)),
        Section("11", "Missing data", (score.preprocessing.missing_values,), "Why values are missing."),
        Section("12", "Analysis", (
            f"{'Logistic regression. ' if score.model == PENALISED else ''}{score.preprocessing.penalty}",
            f"Optimism: {record['bootstrap_samples']} bootstrap samples of patients, every step anew in "
            f"each. Chance: {record['permutations']} shuffled outcomes, every step anew in each.",
            f"Corrected: {record['definitions']['corrected']}.",
            f"Cross-validated ({crossed['repeats']} times {crossed['folds']} "
            f"folds): {record['definitions']['cross_validated']}.",
        )),
        Section("13", "Class imbalance", ("Nothing was resampled or weighted.",)),
        Section("14", "Fairness", (), "Groups in which performance should be alike, and whether it is."),
        Section("15", "Output", ("A probability with a 95 % interval; no threshold is built in.",)),
        Section("16", "Training and evaluation", ("The same patients, by resampling; no others were seen.",)),
        Section("17-19", "Ethics, open science, patients", (),
                "Approval, funding, protocol, registration, sharing, involvement of patients."),
    )  # fmt: skip


def _ending(score: ScoreFile) -> tuple[Section, ...]:
    return (
        Section("24", "Updating", ("None was made.",)),
        Section("25", "Interpretation", (VERDICTS[score.verdict],), "What it means for care, and for whom."),
        Section(
            "26",
            "Limits",
            (
                f"Evidence: {score.evidence}.",
                "Resampling shows what the procedure does to patients of the same kind, not to "
                "those of other sites, scanners or readers.",
            ),
            "Representativeness, bias of measurement and missing data.",
        ),
        Section(
            "27",
            "Use",
            (
                "With a required item missing, or a value outside of the training range, there is "
                "no probability.",
            ),
            "Who would use it, and next steps.",
        ),
    )


def _flow_words(name: str) -> str:
    start, _, reason = name.partition(": ")
    if not reason:
        return FLOW.get(name, name)
    return f"{start.replace('_', ' ')}: {FLOW.get(reason, reason.replace('_', ' '))}"


def _data_uri(svg: bytes) -> str:
    return "data:image/svg+xml;base64," + base64.b64encode(svg).decode("ascii")


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("ius_vision.response", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["with_interval"] = with_interval
    return environment
