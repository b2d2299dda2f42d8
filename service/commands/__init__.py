"""One file per command of ``palmaris``; each is imported only when it is run."""
