# A concurrent echo server, one child for each connection: Stevens, UNP Figures 4.13 and 5.12.
#
#   server.pl LIMIT
#
# Prints "listening PORT" once clients can connect. The same program as server.c and server.ts, as one writes it in
# Perl: safe signals run the handler between two operations, so accept fails with EINTR and is called again.
use strict;
use warnings;
use Errno qw(EINTR);
use POSIX qw(WNOHANG _exit);
use Socket;

use constant { LISTENQ => 1024, MAXLINE => 4096 };

$SIG{CHLD} = sub {
    local ($!, $?);
    1 while waitpid(-1, WNOHANG) > 0;
};

sub str_echo {
    my ($sock) = @_;
    while (sysread($sock, my $data, MAXLINE)) {
        for (my $done = 0; $done < length $data;) {
            $done += syswrite($sock, $data, length($data) - $done, $done) // die "write: $!";
        }
    }
}

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
            close $listener;
            str_echo($connection);
            close $connection;
            _exit(0);
        }
        close $connection;
    }
}
