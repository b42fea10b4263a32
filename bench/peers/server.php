<?php
// A concurrent echo server, one child for each connection: Stevens, UNP Figures 4.13 and 5.12.
//
//   server.php LIMIT
//
// Prints "listening PORT" once clients can connect. The same program as server.c and server.ts, as one writes it in
// PHP: with asynchronous signals, whose handler runs between two operations. A child ends by exit, which takes the whole
// interpreter down: PHP has no _exit.

const LISTENQ = 1024;
const MAXLINE = 4096;

function str_echo(Socket $socket): void
{
    while (($data = socket_read($socket, MAXLINE)) !== false && $data !== '') {
        while ($data !== '') {
            $data = substr($data, socket_write($socket, $data));
        }
    }
}

pcntl_async_signals(true);
pcntl_signal(SIGCHLD, function (): void {
    while (pcntl_waitpid(-1, $status, WNOHANG) > 0);
}, false); // no SA_RESTART: a restarted accept would keep PHP from running it
pcntl_alarm((int) $argv[1]);

$listener = socket_create(AF_INET, SOCK_STREAM, 0);
socket_bind($listener, '127.0.0.1', 0) || exit(1);
socket_listen($listener, LISTENQ) || exit(1);
socket_getsockname($listener, $address, $port);
echo "listening $port\n";

while (true) {
    $connection = @socket_accept($listener);
    if ($connection === false) {
        if (socket_last_error() !== SOCKET_EINTR) {
            exit(1);
        }
        socket_clear_error();
        continue;
    }
    if (pcntl_fork() === 0) {
        socket_close($listener);
        str_echo($connection);
        socket_close($connection);
        exit(0);
    }
    socket_close($connection);
}
