"""fork(2), _exit(2) in the child, waitpid(2): how long it takes.

    round-trip.py COUNT WARM-UP LIMIT

The same program as round-trip.c and round-trip.ts.
"""

import os
import signal
import sys
import time


def round_trip():
    start = time.monotonic_ns()
    pid = os.fork()
    if pid == 0:
        os._exit(0)
    os.waitpid(pid, 0)
    return time.monotonic_ns() - start


count, warm_up, limit = map(int, sys.argv[1:])
signal.alarm(limit)
for _ in range(warm_up):
    round_trip()
samples = [round_trip() for _ in range(count)]
print(*samples, sep="\n")
