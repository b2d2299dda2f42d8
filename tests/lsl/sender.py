"""A sender in a process of its own, so that it can be killed: channel 1 is the sample number, 500 Hz."""

import sys
import time

import pylsl

RATE_HZ = 500
info = pylsl.StreamInfo(sys.argv[1], "EMG", 2, RATE_HZ, "float32", sys.argv[2])
outlet = pylsl.StreamOutlet(info)
sys.stdout.write("sending\n")
sys.stdout.flush()
start, number = time.monotonic(), 0
while True:
    time.sleep(0.01)
    while number < (time.monotonic() - start) * RATE_HZ:
        outlet.push_sample([number, 1.0])
        number += 1
