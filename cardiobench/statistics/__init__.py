"""Intervals, tests and corrections over per-item scores."""
