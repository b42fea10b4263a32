"""Figure 4.13 in Python, with a handler for SIGCHLD. PEP 475: Python calls accept again by itself, and the program sees no EINTR.

Prints the port that it listens on. Ends when its second client is served, with status 7.
"""

import os
import signal
import socket
import sys

reaped = 0


def sig_chld(signo, frame):
    global reaped
    try:
        while os.waitpid(-1, os.WNOHANG)[0] > 0:
            reaped += 1
    except ChildProcessError:
        pass


listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
listener.bind(("127.0.0.1", 0))
listener.listen(5)
signal.signal(signal.SIGCHLD, sig_chld)
os.write(1, b"%d\n" % listener.getsockname()[1])

for _ in range(2):
    connection, _ = listener.accept()
    if os.fork() == 0:
        listener.close()
        while data := connection.recv(4096):
            connection.sendall(data)
        os._exit(0)
    connection.close()
while reaped < 2:
    signal.pause()
sys.exit(7)
