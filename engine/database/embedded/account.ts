// The account that PostgreSQL's programs run as: the engine's own, or an unprivileged one where the engine is root.
import { spawnSync } from 'node:child_process';
import { chown, readFile, stat } from 'node:fs/promises';
import { makeCleanEnvironment } from './clean-environment.ts';

export type Account = {
  /** The command that runs `program` under the account. */
  command(program: string, args: string[]): { file: string; args: string[]; uid?: number; gid?: number };
  /** Makes the account the owner of a file or directory. */
  own(path: string): Promise<void>;
};

type Identity = { uid: number; gid: number };

const ownAccount: Account = {
  command: (file, args) => ({ file, args }),
  own: async () => undefined,
};

/** The accounts in place of root, as which PostgreSQL refuses to run; every Linux has the second. */
const accountNames = ['postgres', 'nobody'];

/** Capabilities, weakest first, that let the account pass folders of root alone, such as /root. */
const capabilities = ['dac_read_search', 'dac_override'];

/**
 * @param place the folder that all files of the embedded PostgreSQL are in; it exists
 * @param program one of the programs that have to be run
 * @throws when the engine runs as root and there is no account that PostgreSQL could run as
 */
export async function findAccount(place: string, program: string): Promise<Account> {
  if (process.getuid?.() !== 0) return ownAccount;
  const identity = await findIdentity(place);
  await chown(place, identity.uid, identity.gid);
  const candidates = [
    makePlainAccount(identity),
    ...capabilities.map((capability) => makePrivilegedAccount(identity, capability)),
  ];
  const account = candidates.find((candidate) => canRun(candidate, place, program));
  if (account) return account;
  throw new Error(
    `PostgreSQL can't run as root, and the account with uid ${identity.uid} can't reach ${place} or ${program}: run the engine as another user, or set DATABASE_URL.`,
  );
}

/** Files that are there already stay with the account that owns them. */
async function findIdentity(place: string): Promise<Identity> {
  const { uid, gid } = await stat(place);
  if (uid !== 0) return { uid, gid };
  const lines = (await readFile('/etc/passwd', 'utf8')).split('\n').map((line) => line.split(':'));
  for (const name of accountNames) {
    const found = lines.find((fields) => fields[0] === name);
    if (found && Number(found[2]) !== 0) return { uid: Number(found[2]), gid: Number(found[3]) };
  }
  throw new Error(`PostgreSQL can't run as root, and none of the accounts ${accountNames.join(', ')} exists here.`);
}

function makePlainAccount({ uid, gid }: Identity): Account {
  return {
    command: (file, args) => ({ file, args, uid, gid }),
    own: (path) => chown(path, uid, gid),
  };
}

function makePrivilegedAccount({ uid, gid }: Identity, capability: string): Account {
  // Without the secure bit the capability would not count in access(2), which PostgreSQL looks for its programs with.
  const kept = [`--inh-caps=+${capability}`, `--ambient-caps=+${capability}`, '--securebits=+no_setuid_fixup'];
  const prefix = [`--reuid=${uid}`, `--regid=${gid}`, '--clear-groups', ...kept, '--'];
  return {
    command: (program, args) => ({ file: 'setpriv', args: [...prefix, program, ...args] }),
    own: (path) => chown(path, uid, gid),
  };
}

function canRun(account: Account, place: string, program: string): boolean {
  const script = 'cd "$0" && test -x "$1" && exec "$1" --version';
  const { file, args, ...identity } = account.command('/bin/sh', ['-c', script, place, program]);
  return spawnSync(file, args, { ...identity, cwd: '/', env: makeCleanEnvironment(), stdio: 'ignore' }).status === 0;
}
