"""Calibration: how is this user different? Heads fitted on frozen features, and what is stored of a user."""
