"""A child that is blocked in read(2).

    idle-child.py LIMIT

Prints "child PID", and ends after LIMIT seconds. The same program as idle-child.c.
"""

import os
import signal
import sys

signal.alarm(int(sys.argv[1]))
readfd, writefd = os.pipe()
pid = os.fork()
if pid == 0:
    os.close(writefd)
    os.read(readfd, 1)
    os._exit(0)
print("child", pid, flush=True)
signal.pause()
