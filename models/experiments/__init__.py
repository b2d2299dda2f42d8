"""Experiments, one per file: what ``palmaris experiment NAME`` computes, and the frame they share. They need torch."""
