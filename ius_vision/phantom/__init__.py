"""Simulated bowel ultrasound with exact truth: arrays, training folders, DICOM exams.

What is true of a frame: the wall reaches from the lumen-mucosa interface (the lumen's side of the bright
interface echo) to the muscularis-serosa interface (the outer edge of the dark muscularis); the bright serosa
and everything outside is background, but for inflamed fat of grade 1 and 2. Wall that cannot be seen, behind
gas or bone, under poor contact, above the peritoneum or outside the field, is labelled background. Behind gas
only the first 3 mm count as lumen.
"""
