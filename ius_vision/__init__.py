"""Intestinal ultrasound, from DICOM exams to IBUS-SAS."""

__version__ = "0.1.0"
