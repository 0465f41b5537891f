"""Loops of the measurement that arrays cannot say without waste, as machine code.

Each file holds one of them; sums keep their order, so the numbers are those of plain arithmetic.
"""
