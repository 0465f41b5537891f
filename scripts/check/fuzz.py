"""Damage DICOM files in many ways, and see that the readers and the measurement stay honest.

    python scripts/check/fuzz.py --cases 20000 --seed 1 [--real FOLDER] [--jobs 1]

Sources are simulated files of every storage form, and the real files below --real. Every case is read and
decoded; every `--measure-every`th is measured too. A case is wrong where something but a row comes out of it,
where it takes more than 10 s of the processor or the process more than 1 GB, or where a row holds a value
that its status, scale or frames do not bear out. Ends with 1 where a case was wrong; --keep keeps those.
"""

from __future__ import annotations

import argparse
import signal
import sys
import tempfile
import time
import warnings
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pydicom

from ius_vision.dicom.load import load_exam
from ius_vision.dicom.scan import scan
from ius_vision.errors import Unreadable
from ius_vision.phantom.exam import write_exam
from ius_vision.phantom.plan import ExamOrder
from ius_vision.pipeline.exam import analyze_exam
from ius_vision.pipeline.pool import Died, Done, run_tasks
from ius_vision.pipeline.settings import MeasureSettings
from ius_vision.pipeline.tools import Tools
from ius_vision.vocabulary import Segment

SECONDS_A_FILE = 10
SECONDS_WAITED = 120
MOST_MEMORY_MB = 1000
FRAMES_DECODED = 4
LARGEST_SOURCE = 2_500_000
HOSTILE_NUMBERS = (0, 1, 2, 3, 7, 255, 32767, 65535)
HOSTILE_TEXTS = (
    "-1",
    "1e999",
    "nan",
    "2147483647",
    "99999999999",
    "0",
    "",
    "\\",
    "=1+1",
    "<script>",
    "../..",
)
TEXT_TAGS = (
    "NumberOfFrames", "FrameTime", "FrameTimeVector", "PixelSpacing", "PixelAspectRatio", "CineRate",
    "PatientID", "StudyInstanceUID", "SOPInstanceUID", "StudyDate", "SeriesDescription", "WindowCenter",
    "WindowWidth",
)  # fmt: skip
NUMBER_TAGS = (
    "Rows", "Columns", "SamplesPerPixel", "BitsAllocated", "BitsStored", "HighBit", "PixelRepresentation",
    "PlanarConfiguration",
)  # fmt: skip
REGION_TAGS = ("PhysicalDeltaX", "PhysicalDeltaY")


@dataclass(frozen=True, slots=True)
class Work:
    """What every process needs."""

    sources: tuple[Path, ...]
    seed: int
    measure_every: int
    keep: Path | None


@dataclass(frozen=True, slots=True)
class Verdict:
    """What came of a case: how its rows ended, processor seconds, and what was wrong."""

    outcomes: tuple[str, ...]
    seconds: float
    megabytes: float
    wrong: str = ""


def flip_bytes(data: bytearray, rng: np.random.Generator) -> None:
    most = min(len(data), 3000) if rng.random() < 0.6 else len(data)
    for place in rng.integers(0, most, int(rng.integers(1, 9))):
        data[place] = int(rng.integers(0, 256))


def flip_bits(data: bytearray, rng: np.random.Generator) -> None:
    for place in rng.integers(0, len(data), int(rng.integers(1, 40))):
        data[place] ^= 1 << int(rng.integers(0, 8))


def cut_off(data: bytearray, rng: np.random.Generator) -> None:
    del data[int(rng.integers(0, len(data))) :]


def cut_out(data: bytearray, rng: np.random.Generator) -> None:
    start = int(rng.integers(0, len(data)))
    del data[start : start + int(rng.integers(1, 2000))]


def put_in(data: bytearray, rng: np.random.Generator) -> None:
    place = int(rng.integers(0, len(data)))
    data[place:place] = rng.bytes(int(rng.integers(1, 500)))


def repeat(data: bytearray, rng: np.random.Generator) -> None:
    start, place = (int(part) for part in rng.integers(0, len(data), 2))
    data[place:place] = data[start : start + int(rng.integers(4, 3000))]


def blank(data: bytearray, rng: np.random.Generator) -> None:
    start = int(rng.integers(0, len(data)))
    length = min(int(rng.integers(1, 5000)), len(data) - start)
    data[start : start + length] = bytes([int(rng.choice([0, 255]))]) * length


def absurd_length(data: bytearray, rng: np.random.Generator) -> None:
    """A four-byte length anywhere in the header."""
    place = int(rng.integers(0, max(1, min(len(data), 4000) - 4)))
    value = int(rng.choice([0xFFFFFFFF, 0xFFFFFFFE, 0x7FFFFFFF, 0x10000000, 0xFFFF, 0]))
    data[place : place + 4] = value.to_bytes(4, "little")


def absurd_tag(data: bytearray, rng: np.random.Generator) -> None:
    """A header that is well-formed and says something impossible."""
    import io

    made = pydicom.dcmread(io.BytesIO(bytes(data)), force=True)
    if rng.random() < 0.5:
        setattr(made, str(rng.choice(TEXT_TAGS)), str(rng.choice(HOSTILE_TEXTS)))
    else:
        setattr(made, str(rng.choice(NUMBER_TAGS)), int(rng.choice(HOSTILE_NUMBERS)))
    for region in made.get("SequenceOfUltrasoundRegions", ())[:1]:
        if rng.random() < 0.5:
            value = float(rng.choice([0.0, -0.02, 1e300, 5e-324, np.nan, np.inf, 0.02]))
            setattr(region, str(rng.choice(REGION_TAGS)), value)
    stream = io.BytesIO()
    made.save_as(stream, enforce_file_format=False)
    data[:] = stream.getvalue()


MUTATIONS: tuple[Callable[[bytearray, np.random.Generator], None], ...] = (
    flip_bytes, flip_bits, cut_off, cut_out, put_in, repeat, blank, absurd_length, absurd_tag,
)  # fmt: skip


def damaged(original: bytes, rng: np.random.Generator) -> tuple[bytes, str]:
    """One to three mutations of a file, and their names."""
    data, names = bytearray(original), []
    for _ in range(int(rng.integers(1, 4))):
        mutation = MUTATIONS[int(rng.integers(0, len(MUTATIONS)))]
        if len(data) < 16:
            break
        try:
            mutation(data, rng)
        except Exception as error:  # pydicom cannot write what it read of a damaged file
            names.append(f"{mutation.__name__} not possible ({type(error).__name__})")
            continue
        names.append(mutation.__name__)
    return bytes(data), " + ".join(names)


def read_all(folder: Path) -> Iterator[str]:
    """Scan, load and decode; how every row ended. Only `Unreadable` may come out of a frame."""
    found = scan([folder])
    yield from (one.outcome.reason for one in found.unread)
    for exam in found.exams:
        clips, unread = load_exam(exam)
        yield from (one.outcome.reason for one in (*unread, *exam.unread))
        for clip in clips:
            wanted = sorted({*range(min(clip.frames, FRAMES_DECODED)), clip.frames - 1})
            try:
                for _, frame in (*clip.grey_frames(wanted), *clip.rgb_frames(wanted[:2])):
                    if frame.shape[:2] != (clip.rows, clip.columns) or frame.dtype != np.uint8:
                        raise AssertionError(f"a frame of {frame.shape} {frame.dtype}")
                yield "clip"
            except Unreadable as error:
                yield f"clip, {error.reason}"


def measure_all(folder: Path, tools: Tools, out: Path) -> Iterator[str]:
    """Measure; how every row ended. The rows check themselves when they are made; here what they claim."""
    from ius_vision.report.page import load_findings

    for number, exam in enumerate(scan([folder]).exams):
        made = out / str(number)
        made.mkdir(parents=True)
        analyze_exam(exam, tools, made, lambda _: None)
        findings = load_findings(made)
        for row in findings.clips:
            if row.bwt_mm is not None:
                masks = [frame for frame in findings.frames if frame.file == row.file and frame.mask]
                if not (row.spacing_x_mm and row.spacing_y_mm and row.spacing_source and masks):
                    raise AssertionError(f"a thickness without scale or mask: {row}")
                if not all((made / frame.mask).is_file() for frame in masks):
                    raise AssertionError(f"a mask is not there: {row}")
            yield f"measured: {row.reason or row.status}"


def memory_mb() -> float:
    """Largest resident memory of this process."""
    status = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) for line in status if line.startswith("VmHWM")) / 1024


def prepare(work: Work) -> Callable[[int, Callable[[str], None]], Verdict]:
    """What a process does: case after case, each known by its number."""
    warnings.simplefilter("ignore")
    originals = [path.read_bytes() for path in work.sources]
    tools = Tools.load(None, MeasureSettings(b_mode_frames=2, doppler_frames=4, doppler_mask_frames=2), {})

    def do_case(number: int, report: Callable[[str], None]) -> Verdict:
        rng = np.random.default_rng((work.seed, number))
        place = int(rng.integers(0, len(originals)))
        data, names = damaged(originals[place], rng)
        said = f"case {number}: {work.sources[place].name}, {names}"
        report(said)
        # Either ends the process, which names the case. Processor seconds: the machine may be busy otherwise.
        signal.setitimer(signal.ITIMER_PROF, SECONDS_A_FILE)
        signal.alarm(SECONDS_WAITED)
        began = time.process_time()
        outcomes, wrong = _look(data, tools if number % work.measure_every == 0 else None)
        signal.alarm(0)
        signal.setitimer(signal.ITIMER_PROF, 0)
        seconds, megabytes = time.process_time() - began, memory_mb()
        if not wrong and megabytes > MOST_MEMORY_MB:
            wrong = f"{megabytes:.0f} MB"
        if wrong and work.keep:
            (work.keep / f"{work.seed}-{number}.dcm").write_bytes(data)
        return Verdict(outcomes, seconds, megabytes, f"{said}: {wrong}" if wrong else "")

    return do_case


def _look(data: bytes, tools: Tools | None) -> tuple[tuple[str, ...], str]:
    with tempfile.TemporaryDirectory() as folder:
        given = Path(folder, "given")
        given.mkdir()
        (given / "file").write_bytes(data)
        try:
            outcomes = tuple(read_all(given))
            if tools is not None:
                outcomes += tuple(measure_all(given, tools, Path(folder, "out")))
        except Exception as error:  # that is what is looked for
            return (), " ".join(f"{type(error).__name__}: {error}".split())[:400]
    return outcomes, "" if outcomes else "no row"


def make_sources(folder: Path, real: Path | None) -> tuple[Path, ...]:
    """Small phantoms in every storage form, and the real files there are."""
    order = ExamOrder(
        key=(41, 1), patient="PHANTOM-41", segments=(Segment.SIGMOID_COLON,), frames=2, small=True,
    )  # fmt: skip
    write_exam(folder, order)
    found = sorted(folder.rglob("*.dcm"))
    if real:
        found += [
            p for p in sorted(real.iterdir()) if p.suffix != ".csv" and p.stat().st_size < LARGEST_SOURCE
        ]
    return tuple(found)


def summarise(verdicts: Sequence[Verdict], lost: Sequence[str], seconds: float) -> int:
    """Print the table; the exit code."""
    rows = Counter(outcome for verdict in verdicts for outcome in verdict.outcomes)
    wrong = [verdict.wrong for verdict in verdicts if verdict.wrong] + list(lost)
    slowest = max((verdict.seconds for verdict in verdicts), default=0.0)
    most = max((verdict.megabytes for verdict in verdicts), default=0.0)
    print(
        f"{len(verdicts) + len(lost)} cases in {seconds:.0f} s; slowest {slowest:.1f} s; peak {most:.0f} MB"
    )
    for outcome, count in rows.most_common():
        print(f"{count:7}  {outcome}")
    for one in wrong[:50]:
        print(f"WRONG {one}")
    print(f"{len(wrong)} wrong")
    return 1 if wrong else 0


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--cases", type=int, default=20_000)
    parser.add_argument("--first", type=int, default=0, help="number of the first case")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--real", type=Path, help="folder of real DICOM files")
    parser.add_argument("--measure-every", type=int, default=20)
    parser.add_argument("--keep", type=Path, help="existing folder for the cases that went wrong")
    chosen = parser.parse_args()
    verdicts, lost, began = [], [], time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        work = Work(make_sources(Path(folder), chosen.real), chosen.seed, chosen.measure_every, chosen.keep)
        cases = range(chosen.first, chosen.first + chosen.cases)
        for event in run_tasks(prepare, work, cases, chosen.jobs):
            match event:
                case Done(_, verdict):
                    verdicts.append(verdict)
                    if len(verdicts) % 1000 == 0:
                        print(f"{len(verdicts)} cases", file=sys.stderr, flush=True)
                case Died(number, code, last, cause):
                    lost.append(f"{last or number}: the process ended with {cause or code}")
    return summarise(verdicts, lost, time.monotonic() - began)


if __name__ == "__main__":
    sys.exit(main())
