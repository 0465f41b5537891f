"""What is found in exams: the contract's rows, their tables, and the findings of one exam as JSON."""

from ius_vision.findings.rows import TABLES, ClipRow, ContrastRow, FrameRow, SegmentRow
from ius_vision.findings.tables import read_table, write_table

__all__ = ["TABLES", "ClipRow", "ContrastRow", "FrameRow", "SegmentRow", "read_table", "write_table"]
