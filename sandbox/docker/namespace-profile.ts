// The kernel's calls that a container may make whose commands are root of a namespace of their own. Pure.

/**
 * What Docker's own profile refuses to containers without rights, except what makes such a namespace: `unshare`, `clone` with its flags,
 * `setns`, `mount` and `umount2`. These are refused, too, to all that agents run (`guest/namespace.py`), and so is what is newer than this list.
 */
const refusedCalls = [
  ...['acct', 'add_key', 'bpf', 'clock_adjtime', 'clock_settime', 'create_module', 'delete_module', 'fanotify_init'],
  ...['finit_module', 'fsconfig', 'fsmount', 'fsopen', 'fspick', 'get_kernel_syms', 'get_mempolicy', 'init_module'],
  ...[
    'io_uring_enter',
    'io_uring_register',
    'io_uring_setup',
    'ioperm',
    'iopl',
    'kcmp',
    'kexec_file_load',
    'kexec_load',
  ],
  ...['keyctl', 'lookup_dcookie', 'mbind', 'migrate_pages', 'mount_setattr', 'move_mount', 'move_pages', 'nfsservctl'],
  ...[
    'open_by_handle_at',
    'open_tree',
    'perf_event_open',
    'pidfd_getfd',
    'pivot_root',
    'process_madvise',
    'query_module',
  ],
  ...['quotactl', 'quotactl_fd', 'reboot', 'request_key', 'set_mempolicy', 'set_mempolicy_home_node', 'setdomainname'],
  ...['sethostname', 'settimeofday', 'stime', 'swapoff', 'swapon', 'sysfs', 'syslog', '_sysctl', 'umount', 'uselib'],
  ...['userfaultfd', 'ustat', 'vhangup', 'vm86', 'vm86old', 'chroot'],
];

/** Calls of other machines' programs have other numbers, so they are none of this list, and end their process. */
export const namespaceProfile = JSON.stringify({
  defaultAction: 'SCMP_ACT_ALLOW',
  archMap: [
    { architecture: 'SCMP_ARCH_X86_64', subArchitectures: [] },
    { architecture: 'SCMP_ARCH_AARCH64', subArchitectures: [] },
  ],
  syscalls: [
    { names: refusedCalls, action: 'SCMP_ACT_ERRNO' },
    // A machine's host, as containers of virtual machines would reach it.
    { names: ['socket'], action: 'SCMP_ACT_ERRNO', args: [{ index: 0, value: 40, op: 'SCMP_CMP_EQ' }] },
  ],
});
