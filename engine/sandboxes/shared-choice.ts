// Has the sandboxes of a cluster's engines carry the one id of their database, and finds what they had apart before.
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import type { SandboxConfig } from '../../schema/thread.ts';
import type { Config } from '../config.ts';
import { type Database, waitForDatabase } from '../database/open-database.ts';
import { selectSandboxOwner } from '../database/queries/select-sandbox-owner.ts';
import type { Log } from '../log.ts';
import { engineIdFileOf, type SandboxChoice } from './sandbox-choice.ts';

/** The id in the database, and whether engines have shared daemons by it. */
export type SharedOwner = { id: string; wasUsed: boolean };

/** `formerIds`: what containers may still carry that this engine looks after. */
export type SettledChoice = { choice: SandboxChoice; isShared: boolean; formerIds: readonly string[] };

export async function readSharedOwner(
  { pool, databaseUrl }: Pick<Database, 'pool' | 'databaseUrl'>,
  log: Log,
  stopping: AbortSignal | undefined,
): Promise<SharedOwner> {
  return (await waitForDatabase(databaseUrl, log, stopping, () => pool.one(selectSandboxOwner))).value;
}

/** @param readOwner is called only where containers or Pods may carry that id */
export async function settleChoice(
  choice: SandboxChoice,
  config: Config,
  readOwner: () => Promise<SharedOwner>,
): Promise<SettledChoice> {
  const { kind } = choice.agents;
  if (kind === 'kubernetes' && config.CLUSTER_URL !== undefined) {
    const { id } = await readOwner();
    return { choice: changeAll(choice, (sandbox) => withPodsOf(sandbox, id)), isShared: true, formerIds: [] };
  }
  if (kind !== 'docker') return { choice, isShared: false, formerIds: [] };
  const { id, wasUsed } = await readOwner();
  if (config.CLUSTER_URL !== undefined) {
    const own = { engineId: id, formerOwners: 'any' } as const;
    const former = await findFormerId(config);
    const formerIds = former === undefined ? [] : [former];
    return { choice: changeAll(choice, (sandbox) => withContainersOf(sandbox, own)), isShared: true, formerIds };
  }
  const formerIds = wasUsed ? [id] : [];
  const shared = changeAll(choice, (sandbox) => withContainersOf(sandbox, { formerOwners: formerIds }));
  return { choice: shared, isShared: false, formerIds };
}

/** The id of the containers from the time when this engine had its own; undefined where it never had any. */
async function findFormerId(config: Config): Promise<string | undefined> {
  const file = engineIdFileOf(config);
  return existsSync(file) ? (await readFile(file, 'utf8')).trim() : undefined;
}

const changeAll = (
  { agents, mock, formerFolders }: SandboxChoice,
  change: (sandbox: SandboxConfig) => SandboxConfig,
): SandboxChoice => ({ agents: change(agents), mock: change(mock), formerFolders });

type ContainersOwner = { engineId?: string; formerOwners: 'any' | readonly string[] };

const withContainersOf = (sandbox: SandboxConfig, owner: ContainersOwner): SandboxConfig =>
  sandbox.kind === 'docker' ? { ...sandbox, settings: { ...sandbox.settings, ...owner } } : sandbox;

const withPodsOf = (sandbox: SandboxConfig, clusterId: string): SandboxConfig =>
  sandbox.kind === 'kubernetes' ? { ...sandbox, settings: { ...sandbox.settings, clusterId } } : sandbox;
