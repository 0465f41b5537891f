"""The model card: what a score is, what it stands on and where it ends, as Markdown."""

from __future__ import annotations

from ius_vision.response.model_file import ScoreFile

VERDICTS = {
    "supported": "The data support a prediction: the corrected interval lies above chance, shuffled "
    "outcomes do "
    "worse, and there are as many patients as the sample-size rule asks for. Patients from "
    "elsewhere are still "
    "needed.",
    "no_signal": "No evidence of prediction: shuffled outcomes do as well, or the corrected "
    "interval reaches 0.5.",
    "exploratory": "There is a signal, and fewer patients than the sample-size rule asks for: a "
    "hypothesis to test "
    "on new patients, not a score to use.",
    "refused": "Fewer patients than the sample-size rule asks for: no score was made.",
}
ROWS = (
    ("auroc", "AUROC"),
    ("calibration_slope", "calibration slope"),
    ("calibration_intercept", "calibration intercept"),
    ("oe", "O/E"),
    ("brier", "Brier score"),
)


def model_card(score: ScoreFile, record: dict) -> str:
    """The card of a score and its performance.json."""
    outcome = score.outcome
    lines = [
        f"# Response score: {_plain(outcome.endpoint)} at week {outcome.week}",
        "",
        f"**Evidence: {_plain(score.evidence)}.** {VERDICTS[score.verdict]}",
        "",
        f"- Outcome: `{outcome.endpoint}`, definition `{outcome.definition}`: {_plain(outcome.rule)}",
        f"- Patients: {record['n']}, with the outcome {record['events']}; parameters {record['parameters']}; "
        f"the rule asks for {record['sample_size']['required']}",
        f"- Formula: `{score.formula.replace('`', ' ')}`",
        f"- Required items: {', '.join(f'`{_plain(name)}`' for name in score.required_items)}",
        f"- Permutation test: p = {shown(record['permutation_p'])}",
        "",
        "| measure | apparent | corrected for optimism | cross-validated |",
        "|---|---|---|---|",
    ]
    lines += [
        f"| {words} | {with_interval(record['apparent'], name)} | "
        f"{with_interval(record['corrected'], name)} | {with_interval(record['cross_validated'], name)} |"
        for name, words in ROWS
    ]
    lines += ["", "| item | seen in training |", "|---|---|"]
    for feature in score.features:
        seen = (
            ", ".join(map(_plain, feature.levels))
            if feature.levels is not None
            else f"{feature.range[0]:g} to {feature.range[1]:g}"
        )
        lines.append(f"| `{_plain(feature.name)}` | {seen} |")
    lines += [
        "",
        "Outside of these ranges, or with an item missing, the score gives no probability.",
        "",
        f"Missing values: {score.preprocessing.missing_values}",
        "",
        f"Fit: {score.preprocessing.penalty}",
        "",
        f"Made from `{_plain(score.provenance.cohort_file)}` (SHA-256 "
        f"{score.provenance.cohort_sha256}), seed "
        f"{score.provenance.seed}, "
        + ", ".join(f"{name} {version}" for name, version in score.provenance.versions.items())
        + ".",
        "",
    ]
    return "\n".join(lines)


def shown(value: float | None) -> str:
    return "not determined" if value is None else f"{value:.3f}"


def with_interval(measures: dict, name: str) -> str:
    """A measure with its interval, to three decimals."""
    ends = measures[f"{name}_ci"]
    return shown(measures[name]) + ("" if ends is None else f" ({ends[0]:.3f} to {ends[1]:.3f})")


def _plain(text: str) -> str:
    """Text from a table as it may stand in Markdown: one line, no mark-up of its own."""
    return "".join(" " if sign in "`|<>[]\n\r" else sign for sign in text)
