<?php
// A child that is blocked in read(2): idle-child.php LIMIT. The same program as idle-child.c.
pcntl_alarm((int) $argv[1]);
$pair = stream_socket_pair(STREAM_PF_UNIX, STREAM_SOCK_STREAM, 0);
$pid = pcntl_fork();
if ($pid === 0) {
    fclose($pair[1]);
    fread($pair[0], 1);
    exit(0);
}
echo "child $pid\n";
sleep((int) $argv[1]);
