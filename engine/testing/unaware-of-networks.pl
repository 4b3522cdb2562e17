#!/usr/bin/perl
# Runs the program that CHROMIUM names without word of the machine's networks. Chromium breaks off whatever it is connecting
# when one of them changes, as those of containers do beside the tests; where it can't ask the kernel, it takes them as they are.
use strict;
use warnings;
use POSIX 'uname';

# By machine: how seccomp names it, and the numbers of prctl and socket.
my %calls = (x86_64 => [0xC000003E, 157, 41], aarch64 => [0xC00000B7, 167, 198]);

# A filter of seccomp that refuses sockets of the family AF_NETLINK (16) with EAFNOSUPPORT (97).
sub refuse_netlink {
    my ($machine, $prctl, $socket) = @_;
    my ($load, $unless_equal, $return) = (0x20, 0x15, 0x06);
    my @rules = (
        [$load,         0, 0, 4],                # The machine,
        [$unless_equal, 0, 5, $machine],
        [$load,         0, 0, 0],                # the call,
        [$unless_equal, 0, 3, $socket],
        [$load,         0, 0, 16],               # its first argument.
        [$unless_equal, 0, 1, 16],
        [$return,       0, 0, 0x00050000 | 97],
        [$return,       0, 0, 0x7fff0000],       # Everything else is allowed.
    );
    my $filter = join '', map { pack 'SCCL', @$_ } @rules;
    my $program = pack 'S x6 P', scalar @rules, $filter;
    syscall($prctl, 38, 1, 0, 0, 0) == 0        # PR_SET_NO_NEW_PRIVS
      and syscall($prctl, 22, 2, $program) == 0 # PR_SET_SECCOMP
      or warn "The networks' changes are seen: $!\n";
}

my $calls = $calls{ (uname())[4] };
refuse_netlink(@$calls) if $calls;
exec { $ENV{CHROMIUM} } $ENV{CHROMIUM}, @ARGV or die "$ENV{CHROMIUM}: $!\n";
