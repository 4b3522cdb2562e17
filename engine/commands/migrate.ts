// `npm run migrate`: applies the missing migrations; with `-- --status` it only lists which are applied and which are missing.
import { parseArgs } from 'node:util';
import { openPool } from '../../actors/persistence/database-pool.ts';
import { badConfigExitCode } from '../../schema/exit-codes.ts';
import { ConfigError, readConfig } from '../config.ts';
import { troubleOf } from '../database/database-trouble.ts';
import { startEmbedded } from '../database/embedded.ts';
import { migrate, migrationTimeoutMs, readMigrationStatus } from '../database/migrations.ts';
import { settleUrl } from '../database/settle-url.ts';
import { createLog } from '../log.ts';
import { openStorageFolder } from '../sandboxes/storage-folder.ts';
import { answerHelp, refuseUsage } from './answer-help.ts';

const usage = `usage: npm run migrate -- [--status]

  --status  only says which migrations are applied and which are missing

Of the database that DATABASE_URL names, or of the embedded one while no engine runs on it.`;

async function main(): Promise<void> {
  answerHelp(usage);
  const onlySaysStatus = readCommandLine();
  const config = readConfig();
  const log = createLog('warn', false);
  const directory = `${config.WORKSPACE_BASE_PATH}/.postgres`;
  if (config.DATABASE_URL === undefined) await openStorageFolder(config.WORKSPACE_BASE_PATH);
  const embedded = config.DATABASE_URL === undefined ? await startEmbedded({ directory, log }) : undefined;
  const url = embedded?.url ?? (config.DATABASE_URL as string);
  try {
    await migrateAt(url, onlySaysStatus);
  } catch (error) {
    const trouble = troubleOf(error, url);
    if (!trouble) throw error;
    throw trouble.isFinal ? new ConfigError(trouble.sentence) : new Error(trouble.sentence);
  } finally {
    await embedded?.stop();
  }
}

/** @returns whether the status is shown and nothing applied */
function readCommandLine(): boolean {
  try {
    return parseArgs({ options: { status: { type: 'boolean', default: false } } }).values.status;
  } catch (error) {
    refuseUsage(error, usage);
  }
}

async function migrateAt(url: string, onlySaysStatus: boolean): Promise<void> {
  const pool = await openPool(await settleUrl(url), {
    connectionsMax: 1,
    statementTimeoutMs: migrationTimeoutMs,
    onError: (error) => console.error(error.message),
  });
  try {
    if (!onlySaysStatus) await migrate(pool);
    for (const { name, isApplied } of await readMigrationStatus(pool))
      console.log(`${isApplied ? 'applied' : 'missing'}  ${name}`);
  } finally {
    await pool.end();
  }
}

main().catch((error) => {
  console.error(error instanceof Error ? error.message : error);
  process.exit(error instanceof ConfigError ? badConfigExitCode : 1);
});
