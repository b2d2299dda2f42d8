"""Benchmarks: one file each, a function that measures and a report that says what was measured."""
