# A concurrent server that runs cat for each connection: exec.pl LIMIT. The same program as exec.c, as one writes it in Perl.
use strict;
use warnings;
use Errno qw(EINTR);
use POSIX qw(WNOHANG _exit);
use Socket;

use constant LISTENQ => 1024;

$SIG{CHLD} = sub {
    local ($!, $?);
    1 while waitpid(-1, WNOHANG) > 0;
};

alarm $ARGV[0];
socket(my $listener, PF_INET, SOCK_STREAM, 0) or die "socket: $!";
bind($listener, sockaddr_in(0, INADDR_LOOPBACK)) or die "bind: $!";
listen($listener, LISTENQ) or die "listen: $!";
my ($port) = sockaddr_in(getsockname $listener);
$| = 1;
print "listening $port\n";

while (1) {
    if (!accept(my $connection, $listener)) {
        next if $! == EINTR;
        die "accept: $!";
    } else {
        my $pid = fork // die "fork: $!";
        if ($pid == 0) {
            open(STDIN, '<&', $connection) or _exit(127);
            open(STDOUT, '>&', $connection) or _exit(127);
            { exec 'cat' }
            _exit(127);
        }
        close $connection;
    }
}
