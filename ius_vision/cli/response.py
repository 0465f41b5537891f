"""`ius-vision response`: a score that foretells an outcome, fitted, held against new patients, applied."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from ius_vision.cli.examples import examples
from ius_vision.errors import BadUsage

if TYPE_CHECKING:
    from ius_vision.study.cohort import Cohort


def add_parser(subparsers) -> argparse.ArgumentParser:
    parser = subparsers.add_parser(
        "response",
        help="fit, validate and apply a score that foretells response",
        description="A penalised logistic score for an outcome at a week's visit, with the "
        "sample-size rule up front "
        "and optimism taken off. What is wrong in the table is listed row by row in problems.csv.",
        **examples(
            "response fit cohort.csv --outcome clinical_remission --week 12 --features baseline --out score",
            "response fit cohort.csv --outcome endoscopic_response:ge50 --week 12 --features bwt_mm,crp_mg_l "
            "--exploratory --out score",
            "response fit cohort.csv --exams results --outcome clinical_remission --week 12 "
            "--features radiomics --select 3 --exploratory --out score",
            "response validate score new_cohort.csv --out validation",
            "response predict score new_patients.csv --out predictions.csv",
        ),
    )
    kinds = parser.add_subparsers(dest="kind", metavar="KIND", required=True)
    fit = _kind(kinds, "fit", "fit a score and find out what it does to patients it has not seen")
    _cohort(fit)
    _fit_options(fit)
    validate = _kind(kinds, "validate", "hold a score against new patients")
    validate.add_argument("model", type=Path, metavar="MODEL_DIR", help="folder that `response fit` wrote")
    _cohort(validate)
    validate.add_argument("--out", type=Path, required=True, metavar="DIR", help="folder to write to")
    predict = _kind(kinds, "predict", "give each patient's probability, or why there is none")
    predict.add_argument("model", type=Path, metavar="MODEL_DIR", help="folder that `response fit` wrote")
    _cohort(predict)
    predict.add_argument("--out", type=Path, required=True, metavar="FILE.csv", help="table to write")
    return parser


def _fit_options(fit: argparse.ArgumentParser) -> None:
    fit.add_argument(
        "--outcome", required=True, metavar="NAME", help="ENDPOINT or ENDPOINT:DEFINITION (`study endpoints`)"
    )
    fit.add_argument("--week", type=int, required=True, metavar="N", help="week of the outcome's visit")
    fit.add_argument(
        "--features",
        required=True,
        metavar="SET",
        help="baseline, early_change, radiomics, or COLUMN,COLUMN,...",
    )
    fit.add_argument(
        "--out", type=Path, required=True, metavar="MODEL_DIR", help="folder to write the score to"
    )
    fit.add_argument(
        "--model",
        dest="model_kind",
        choices=("penalised", "boosting"),
        default="penalised",
        help="penalised logistic regression, or gradient boosting (default: penalised)",
    )
    fit.add_argument(
        "--select",
        type=int,
        metavar="N",
        help="keep the N terms that each resample finds best (default: keep all)",
    )
    fit.add_argument("--seed", type=int, default=0, metavar="N", help="of the resampling (default: 0)")
    fit.add_argument(
        "--exploratory",
        action=argparse.BooleanOptionalAction,
        default=False,
        help="fit with fewer patients than the sample-size rule asks for; the score says so",
    )


def _kind(kinds, name: str, words: str) -> argparse.ArgumentParser:
    parser = kinds.add_parser(name, help=words, description=words)
    # `main` puts --debug on the command; here it may also stand after the kind.
    parser.add_argument(
        "--debug", action="store_true", default=argparse.SUPPRESS, help="show the traceback of an error"
    )
    return parser


def _cohort(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("cohort", type=Path, metavar="COHORT", help="CSV, Excel or Parquet, a row a visit")
    parser.add_argument("--exams", type=Path, metavar="OUT", help="folder that an analyze run wrote")
    parser.add_argument(
        "--mapping", type=Path, metavar="FILE", help="TOML that names the table's columns and codes"
    )


def run(args: argparse.Namespace) -> int:
    return {"fit": _fit, "validate": _validate, "predict": _predict}[args.kind](args)


def _read(args: argparse.Namespace) -> Cohort:
    from ius_vision.study.cohort import read_cohort
    from ius_vision.study.join import join_exams

    cohort = read_cohort(args.cohort, args.mapping)
    return cohort if args.exams is None else join_exams(cohort, args.exams)


def _fit(args: argparse.Namespace) -> int:
    from tqdm import tqdm

    from ius_vision.response.development import fits_of
    from ius_vision.response.fit import fit_score, write_refusal, write_score
    from ius_vision.response.material import FitOrder, prepare, refusal
    from ius_vision.response.model_file import MODEL
    from ius_vision.response.sample_size import arithmetic

    if args.seed < 0:
        raise BadUsage("number_out_of_range", f"seed {args.seed} is below 0", "--seed", "Give 0 or more")
    order = FitOrder(
        args.outcome,
        args.week,
        args.features,
        args.seed,
        args.exploratory,
        args.exams,
        args.model_kind,
        args.select,
    )
    cohort = _read(args)
    out = _folder(args.out)
    code = _problems(cohort, out)
    material = prepare(cohort, order)
    for line in arithmetic(material.size):
        print(line, file=sys.stderr)
    refused = refusal(material, order)
    if refused is not None:
        if not (out / MODEL).exists():
            with _writing(out):
                write_refusal(material, order, out)
        raise refused
    if not material.size.met:
        print("ius-vision: sample_too_small: fitted all the same, as exploratory.", file=sys.stderr)
    with tqdm(total=fits_of(order.method), unit="fit", delay=0.5, disable=None) as bar:
        fitted = fit_score(cohort, material, order, bar.update)
    with _writing(out):
        sentences = write_score(fitted, order, out)
    for sentence in sentences:
        print(f"caution: {sentence}", file=sys.stderr)
    found = fitted.development
    auroc = found.corrected["auroc"]
    interval = "" if auroc.value is None else f" {auroc.value:.3f} ({auroc.low:.3f} to {auroc.high:.3f})"
    print(f"{fitted.score.formula}")
    print(f"corrected AUROC{interval}, permutation p {found.permutation_p:.3f}, verdict {found.verdict}")
    print(out / "report.html")
    return code


def _validate(args: argparse.Namespace) -> int:
    from ius_vision.response.validation_files import validate

    cohort = _read(args)
    out = _folder(args.out)
    code = _problems(cohort, out)
    with _writing(out):
        record = validate(args.model, cohort, out)
    shown = ", ".join(
        f"{name} {'not determined' if record[name] is None else format(record[name], '.3f')}"
        for name in ("auroc", "calibration_slope", "calibration_intercept", "oe", "brier")
    )
    print(f"{record['n']} patients, {record['events']} with the outcome: {shown}")
    print(f"evidence: {record['evidence']}")
    print(out / "validation.html")
    return code


def _predict(args: argparse.Namespace) -> int:
    from ius_vision.response.model_file import read_model, sha256_of
    from ius_vision.response.predict import predict, write_predictions

    if (
        args.out.suffix != ".csv"
        or args.out.name == "problems.csv"
        or args.out.resolve() == args.cohort.resolve()
    ):
        raise BadUsage(
            "bad_out_file",
            f"{args.out} is not a new table's name",
            "--out",
            "Give another name that ends in .csv",
        )
    score = read_model(args.model)
    cohort = _read(args)
    folder = _folder(args.out.parent)
    code = _problems(cohort, folder)
    rows = predict(score, cohort, sha256_of(args.model))
    with _writing(args.out):
        write_predictions(rows, args.out)
    measured = sum(row.status == "measured" for row in rows)
    print(
        f"{len(rows)} patients: {measured} with a probability, {len(rows) - measured} abstained. "
        f"Evidence: {score.evidence}.",
        file=sys.stderr,
    )
    return code


@contextmanager
def _writing(out: Path) -> Iterator[None]:
    """Say in one line that a place cannot be written to."""
    try:
        yield
    except OSError as error:
        raise BadUsage(
            "out_not_writable", f"{error.strerror}", str(out), "Give another place with --out"
        ) from error


def _folder(out: Path) -> Path:
    with _writing(out):
        out.mkdir(parents=True, exist_ok=True)
    return out


def _problems(cohort: Cohort, out: Path) -> int:
    """List what is wrong in the table, and say on the terminal that there is something."""
    from ius_vision.study.problems import write_problems

    with _writing(out):
        path, _ = write_problems(cohort.problems, out)
    if cohort.problems:
        left = f" {cohort.rows_left_out} rows were left out." if cohort.rows_left_out else ""
        print(f"{len(cohort.problems)} problems in the table, listed in {path}.{left}", file=sys.stderr)
    return 1 if cohort.rows_left_out else 0
