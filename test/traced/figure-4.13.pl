# Figure 4.13 in Perl, with a handler for SIGCHLD by sigaction without SA_RESTART: accept fails with EINTR when a child ends.
#
# Prints the port that it listens on. Ends when its second client is served, with status 7.
use strict;
use warnings;
use Errno qw(EINTR);
use POSIX qw(:signal_h :sys_wait_h);
use Socket;

my $reaped = 0;
my $reap = sub { ++$reaped while waitpid(-1, WNOHANG) > 0 };
sigaction(SIGCHLD, POSIX::SigAction->new($reap, POSIX::SigSet->new, 0)) or die "sigaction: $!";

socket(my $listener, PF_INET, SOCK_STREAM, 0) or die "socket: $!";
bind($listener, sockaddr_in(0, INADDR_LOOPBACK)) or die "bind: $!";
listen($listener, 5) or die "listen: $!";
syswrite(STDOUT, (sockaddr_in(getsockname($listener)))[0] . "\n");

for (my $served = 0; $served < 2;) {
    if (!accept(my $connection, $listener)) {
        next if $! == EINTR;
        die "accept: $!";
    }
    else {
        if (fork() == 0) {
            close($listener);
            syswrite($connection, $_) while sysread($connection, $_, 4096);
            POSIX::_exit(0);
        }
        close($connection);
        ++$served;
    }
}
POSIX::pause() while $reaped < 2;
exit(7);
