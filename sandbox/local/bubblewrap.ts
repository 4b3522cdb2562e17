// Builds the command lines of bubblewrap: what confined commands see of this machine and can write to. Pure.
import type { Account } from './account.ts';

/** The folders of the machine's own programs. */
export const searchPath = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/** The paths by which confined commands know the session's own folders. */
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
  /** The operator's home, where another account can't follow it to these folders in it, which it may read. */
  closedHome: { path: string; shown: readonly string[] } | undefined;
  /** The entries of this machine's root folder. */
  topEntries: readonly TopEntry[];
  /** Files and folders that commands must not read. */
  hidden: readonly HiddenPath[];
  /** The account that commands run as where the engine is root, and the files that know its name. */
  account: { number: Account; passwd: string; group: string } | undefined;
  temporaryBytes: number;
  sharedBytes: number;
};

export type TopEntry = { name: string; leadsTo: string | undefined; isFolder: boolean };
export type HiddenPath = { path: string; isFolder: boolean };

/** The confinement has folders of its own by these names, so the machine's aren't shown. */
const ownTopNames = new Set(['proc', 'dev', 'tmp', 'run', 'workspace', 'lucid', 'lost+found']);

/** The paths in /proc that the kernel lets be written to, besides those of a process. */
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
 * The arguments of the inner bubblewrap, which confines. A session's own folders can be written to, and memory of bounded
 * size, but nothing of the machine, its kernel's settings included.
 */
export function buildConfiningArguments(layout: ConfinementLayout): string[] {
  const { root, home, state, ripgrep, closedHome, topEntries, hidden, account, temporaryBytes, sharedBytes } = layout;
  return [
    ...['--die-with-parent', '--unshare-pid', '--unshare-ipc', '--unshare-uts', '--unshare-cgroup-try'],
    ...topEntries.filter(({ name }) => !ownTopNames.has(name)).flatMap(topArgumentsOf),
    ...['--proc', '/proc', ...kernelPaths.flatMap((at) => ['--ro-bind-try', at, at])],
    ...['--dev', '/dev', ...buildMemoryArguments('/dev/shm', sharedBytes), '--remount-ro', '/dev'],
    ...buildMemoryArguments('/tmp', temporaryBytes),
    ...['--dir', '/run', '--perms', '0755', '--dir', '/lucid', '--perms', '0755', '--dir', confinedPaths.programs],
    ...(closedHome ? buildHomeArguments(closedHome) : []),
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
    ...['--seccomp', String(filterDescriptor), '--json-status-fd', String(reportDescriptor), '--'],
    ...(account ? buildAccountArguments(account.number) : []),
  ];
}

/** The descriptor on which bubblewrap finds the kernel's filter. */
export const filterDescriptor = 3;

/** The descriptor on which the inner bubblewrap reports how its command ended, where one has begun; no command has it. */
export const reportDescriptor = 4;

const topArgumentsOf = ({ name, leadsTo, isFolder }: TopEntry): string[] => {
  if (leadsTo !== undefined) return ['--symlink', leadsTo, `/${name}`];
  return isFolder ? ['--ro-bind', `/${name}`, `/${name}`] : [];
};

/** Nothing is in the home but what is shown: by its own path, which programs have in them. */
const buildHomeArguments = ({ path, shown }: { path: string; shown: readonly string[] }): string[] => [
  ...['--perms', '0755', '--tmpfs', path],
  ...shown.flatMap((folder) => [...buildFoldersBetween(path, folder), '--ro-bind-try', folder, folder]),
  ...['--remount-ro', path],
];

/** Bubblewrap itself would make them for their owner alone. */
const buildFoldersBetween = (top: string, folder: string): string[] =>
  folder
    .slice(top.length + 1)
    .split('/')
    .flatMap((_, index, names) => ['--perms', '0755', '--dir', `${top}/${names.slice(0, index + 1).join('/')}`]);

const buildMemoryArguments = (at: string, bytes: number): string[] => [
  '--perms',
  '1777',
  '--size',
  String(bytes),
  '--tmpfs',
  at,
];

/** Root becomes the account by this program, and drops every right for good. */
const buildAccountArguments = (account: Account): string[] => [
  ...['setpriv', `--reuid=${account}`, `--regid=${account}`, '--clear-groups'],
  ...['--bounding-set=-all', '--inh-caps=-all', '--ambient-caps=-all', '--'],
];

/** The arguments of the outer bubblewrap, in whose network there is only the outbound proxy; it ends with the inner one. */
export const networkArguments = [
  ...['--dev-bind', '/', '/', '--unshare-net', '--unshare-pid', '--proc', '/proc', '--die-with-parent', '--'],
];

export const proxyPort = 3128;

/** The outer bubblewrap opens a port that leads to the outbound proxy's socket ($1), and then runs the inner one. */
export const outboundScript = `
socat TCP-LISTEN:${proxyPort},bind=127.0.0.1,fork,reuseaddr,backlog=128 UNIX-CONNECT:"$1" ${filterDescriptor}<&- ${reportDescriptor}>&- </dev/null >/dev/null 2>&1 &
for try in {1..200}; do (: <>/dev/tcp/127.0.0.1/${proxyPort}) 2>/dev/null && break; sleep 0.01; done
shift
exec bwrap "$@"`;
