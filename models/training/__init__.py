"""Training and evaluation: splits, windows, loops, scores. Everything but evaluation needs the extra ``train``."""
