"""Recordings: one reader or writer per file format."""
