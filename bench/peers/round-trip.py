"""fork(2), _exit(2) in the child, waitpid(2): how long it takes.

    round-trip.py MEGABYTES COUNT WARM-UP LIMIT

The same program as round-trip.c and round-trip.ts. gc.freeze() before the fork, as its manual advises.
"""

import gc
import os
import resource
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


def resident_megabytes():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


megabytes, count, warm_up, limit = map(int, sys.argv[1:])
signal.alarm(limit)
things = []
while resident_megabytes() < megabytes:
    for _ in range(1000):
        things.append({"name": f"thing {len(things)}", "values": [i + 0.5 for i in range(50)]})
gc.freeze()
for _ in range(warm_up):
    round_trip()
samples = [round_trip() for _ in range(count)]
print(*samples, sep="\n")
