"""Boards: one sans-I/O packet parser and its encoder per wire format."""
