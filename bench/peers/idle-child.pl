# A child that is blocked in read(2): idle-child.pl LIMIT. The same program as idle-child.c.
use strict;
use warnings;
use POSIX qw(_exit pause);

alarm $ARGV[0];
pipe(my $reader, my $writer) or die "pipe: $!";
my $pid = fork // die "fork: $!";
if ($pid == 0) {
    close $writer;
    sysread($reader, my $byte, 1);
    _exit(0);
}
$| = 1;
print "child $pid\n";
pause;
