"""Service: who wants to know, and when? Threads, time and clients live here and nowhere else."""
