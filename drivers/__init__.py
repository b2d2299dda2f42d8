"""Drivers: what did the device say? Bytes, packets and files in; microvolts with sample indices out."""
