"""What is found in exams: the contract's rows, their tables, and the findings of one exam as JSON."""

from ius_vision.findings.exam import ExamFacts, ExamFindings, InputFile, ModelUsed
from ius_vision.findings.feature_row import FeatureRow
from ius_vision.findings.rows import TABLES, ClipRow, ContrastRow, FrameRow, SegmentRow
from ius_vision.findings.schema import findings_schema
from ius_vision.findings.tables import read_table, write_table

__all__ = [
    "TABLES",
    "ClipRow",
    "ContrastRow",
    "ExamFacts",
    "ExamFindings",
    "FeatureRow",
    "FrameRow",
    "InputFile",
    "ModelUsed",
    "SegmentRow",
    "findings_schema",
    "read_table",
    "write_table",
]
