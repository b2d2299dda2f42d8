"""Calibrations under way: prompts out, trials onto the disk, in the end a head."""
