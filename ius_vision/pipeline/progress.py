"""What a run tells its caller on the way. The default says nothing."""

from __future__ import annotations


class Progress:
    """Callbacks of a run; a command overrides those it shows."""

    def scanned(self, files: int) -> None:
        """So many files were looked at while exams were being found."""

    def planned(self, exams: int, clips: int) -> None:
        """So many exams and clips were found."""

    def unchanged(self, clips: int) -> None:
        """An exam of so many clips was complete already."""

    def clip_done(self, file: str) -> None:
        """A clip was looked at."""

    def exam_done(self, exam_id: str, problem: str) -> None:
        """An exam is on disk, or `problem` says why it is not."""
