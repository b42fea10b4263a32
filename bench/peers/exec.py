"""A concurrent server that runs cat for each connection: exec.py LIMIT.

The same program as exec.c, as one writes it in Python: by subprocess, which uses vfork where it can.
"""

import os
import signal
import socket
import subprocess
import sys

LISTENQ = 1024


def sig_chld(signo, frame):
    try:
        while os.waitpid(-1, os.WNOHANG)[0] > 0:
            pass
    except ChildProcessError:
        pass


signal.alarm(int(sys.argv[1]))
signal.signal(signal.SIGCHLD, sig_chld)

listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
listener.bind(("127.0.0.1", 0))
listener.listen(LISTENQ)
print("listening", listener.getsockname()[1], flush=True)

while True:
    connection, _ = listener.accept()
    subprocess.Popen(["cat"], stdin=connection, stdout=connection)
    connection.close()
