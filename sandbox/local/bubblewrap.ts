// The command lines of bubblewrap: what confined commands see of this machine, and what of it they can write to.
import type { Account } from './account.ts';

/** Where programs are found, of the machine's own. */
export const searchPath = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/** Where commands find what is the session's own. */
export const confinedPaths = {
  root: '/workspace',
  home: '/lucid/home',
  state: '/lucid/state',
  temporary: '/tmp',
  programs: '/lucid/bin',
} as const;

export type ConfinementLayout = {
  /** The session's folders on this machine. */
  root: string;
  home: string;
  state: string;
  /** The engine's search program; the machine may have none. */
  ripgrep: string | undefined;
  /** What is at the top of this machine's file system, with where it leads for a link. */
  tops: readonly TopEntry[];
  /** Files and folders that commands must not read. */
  hidden: readonly HiddenPath[];
  /** Where the engine is root: whom commands run as instead, and the files that know that name. */
  account: { number: Account; passwd: string; group: string } | undefined;
  temporaryBytes: number;
  sharedBytes: number;
};

export type TopEntry = { name: string; leadsTo: string | undefined; isFolder: boolean };
export type HiddenPath = { path: string; isFolder: boolean };

/** Made anew inside; a machine's own of these names isn't shown. */
const ownTops = new Set(['proc', 'dev', 'tmp', 'run', 'workspace', 'lucid', 'lost+found']);

/** What the kernel lets be written to in /proc, besides what is of a process. */
const kernelPaths = [
  'acpi',
  'asound',
  'bus',
  'driver',
  'fs',
  'irq',
  'pressure',
  'scsi',
  'sys',
  'sysrq-trigger',
  'tty',
].map((name) => `/proc/${name}`);

/**
 * The inner one, which confines. Nothing of the machine can be written to, its kernel's settings included; a session's
 * own folders can, and memory of bounded size.
 */
export function buildConfiningArguments(layout: ConfinementLayout): string[] {
  const { root, home, state, ripgrep, tops, hidden, account, temporaryBytes, sharedBytes } = layout;
  return [
    ...['--die-with-parent', '--unshare-pid', '--unshare-ipc', '--unshare-uts', '--unshare-cgroup-try'],
    ...tops.filter(({ name }) => !ownTops.has(name)).flatMap(topArgumentsOf),
    ...['--proc', '/proc', ...kernelPaths.flatMap((at) => ['--ro-bind-try', at, at])],
    ...['--dev', '/dev', ...buildMemoryArguments('/dev/shm', sharedBytes), '--remount-ro', '/dev'],
    ...buildMemoryArguments('/tmp', temporaryBytes),
    ...['--dir', '/run', '--perms', '0755', '--dir', '/lucid', '--perms', '0755', '--dir', confinedPaths.programs],
    ...hidden.flatMap(({ path, isFolder }) =>
      isFolder ? ['--perms', '0555', '--tmpfs', path, '--remount-ro', path] : ['--ro-bind', '/dev/null', path],
    ),
    ...(account ? ['--ro-bind', account.passwd, '/etc/passwd', '--ro-bind', account.group, '/etc/group'] : []),
    ...['--bind', root, confinedPaths.root, '--bind', home, confinedPaths.home, '--bind', state, confinedPaths.state],
    ...(ripgrep === undefined ? [] : ['--ro-bind', ripgrep, `${confinedPaths.programs}/rg`]),
    ...['--remount-ro', '/', '--chdir', confinedPaths.root],
    ...[
      '--cap-drop',
      'ALL',
      ...(account
        ? ['SETUID', 'SETGID', 'SETPCAP', 'DAC_READ_SEARCH'].flatMap((name) => ['--cap-add', `CAP_${name}`])
        : []),
    ],
    ...['--seccomp', String(filterDescriptor), '--'],
    ...(account ? buildAccountArguments(account.number) : []),
  ];
}

/** The descriptor on which bubblewrap finds the kernel's filter. */
export const filterDescriptor = 3;

const topArgumentsOf = ({ name, leadsTo, isFolder }: TopEntry): string[] => {
  if (leadsTo !== undefined) return ['--symlink', leadsTo, `/${name}`];
  return isFolder ? ['--ro-bind', `/${name}`, `/${name}`] : [];
};

const buildMemoryArguments = (at: string, bytes: number): string[] => [
  '--perms',
  '1777',
  '--size',
  String(bytes),
  '--tmpfs',
  at,
];

/** Root's last act: it drops every right that it has, and can't have one again. */
const buildAccountArguments = (account: Account): string[] => [
  ...['setpriv', `--reuid=${account}`, `--regid=${account}`, '--clear-groups'],
  ...['--bounding-set=-all', '--inh-caps=-all', '--ambient-caps=-all', '--'],
];

/** The outer one, in whose network there is only the outbound proxy; it ends with the inner one. */
export const networkArguments = [
  ...['--dev-bind', '/', '/', '--unshare-net', '--unshare-pid', '--proc', '/proc', '--die-with-parent', '--'],
];

export const proxyPort = 3128;

/** What the outer one runs: a port that leads to the outbound proxy's socket ($1), and then the inner one. */
export const outboundScript = `
socat TCP-LISTEN:${proxyPort},bind=127.0.0.1,fork,reuseaddr,backlog=128 UNIX-CONNECT:"$1" ${filterDescriptor}<&- </dev/null >/dev/null 2>&1 &
for try in {1..200}; do (: <>/dev/tcp/127.0.0.1/${proxyPort}) 2>/dev/null && break; sleep 0.01; done
shift
exec bwrap "$@"`;
