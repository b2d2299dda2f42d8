"""The live path from samples to predictions; training, calibration and replay use the very same classes."""
