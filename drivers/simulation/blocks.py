"""The grid in time that the whole simulation is computed on: what a block is decides the samples, a reader cannot."""

RATE_HZ = 4000
"""Samples per second of each channel."""

BLOCK = 120
"""Samples computed at once. Gestures begin and end at block borders."""

BLOCK_S = BLOCK / RATE_HZ
