"""A concurrent echo server, one child for each connection: Stevens, UNP Figures 4.13 and 5.12.

    server.py LIMIT

Prints "listening PORT" once clients can connect. The same program as server.c and server.ts, as one
writes it in Python: no SA_RESTART, since a restarted accept would keep Python from running its
handler (PEP 475 makes the call again after it).
"""

import os
import signal
import socket
import sys

LISTENQ = 1024
MAXLINE = 4096


def sig_chld(signo, frame):
    try:
        while os.waitpid(-1, os.WNOHANG)[0] > 0:
            pass
    except ChildProcessError:
        pass


def str_echo(sock):
    while data := sock.recv(MAXLINE):
        sock.sendall(data)


signal.alarm(int(sys.argv[1]))
signal.signal(signal.SIGCHLD, sig_chld)

listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
listener.bind(("127.0.0.1", 0))
listener.listen(LISTENQ)
print("listening", listener.getsockname()[1], flush=True)

while True:
    connection, _ = listener.accept()
    if os.fork() == 0:
        listener.close()
        str_echo(connection)
        connection.close()
        os._exit(0)
    connection.close()
