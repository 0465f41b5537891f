"""Progress bars over exams and clips on stderr; nothing where stderr is no terminal."""

from __future__ import annotations

from tqdm import tqdm

from ius_vision.pipeline.progress import Progress


class Bars(Progress):
    """A bar for finding files, then one for exams and one for clips."""

    def __init__(self) -> None:
        self._open: list[tqdm] = []
        self._finding: tqdm | None = None

    def __enter__(self) -> Bars:
        return self

    def __exit__(self, *_: object) -> None:
        for bar in reversed(self._open):
            bar.close()

    def scanned(self, files: int) -> None:
        if self._finding is None:
            self._finding = self._bar(None, "finding", "file", 0)
        self._finding.update(files - self._finding.n)

    def planned(self, exams: int, clips: int) -> None:
        if self._finding is not None:
            self._finding.close()
        self._exams = self._bar(exams, "exams", "exam", 0)
        self._clips = self._bar(clips, "clips", "clip", 1)

    def unchanged(self, clips: int) -> None:
        self._exams.update()
        self._clips.update(clips)

    def clip_done(self, file: str) -> None:
        self._clips.update()

    def exam_done(self, exam_id: str, problem: str) -> None:
        self._exams.update()
        if problem and not self._exams.disable:
            self._exams.write(f"{exam_id}: {problem}")

    def _bar(self, total: int | None, name: str, unit: str, position: int) -> tqdm:
        bar = tqdm(total=total, desc=name, unit=unit, position=position, disable=None, dynamic_ncols=True)
        self._open.append(bar)
        return bar
