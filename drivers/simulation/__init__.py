"""A forearm with two electrodes, in arithmetic: motor neurons, muscles, skin, amplifier. No clock, no person."""
