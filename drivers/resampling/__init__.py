"""The parts of the resampler: the device's clock, an even grid for irregular devices, and the change of rate."""
