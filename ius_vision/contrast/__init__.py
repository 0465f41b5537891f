"""Contrast-enhanced ultrasound: time-intensity curves to perfusion parameters."""
