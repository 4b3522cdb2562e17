// `npm run migrate`: applies what is missing; with `-- --status` only says what is applied and what is not.
import { openPool } from '../actors/persistence/database.ts';
import { readConfig } from './config.ts';
import { startEmbedded } from './database/embedded.ts';
import { migrate, migrationStatus } from './database/migrate.ts';
import { createLog } from './log.ts';

const config = readConfig();
const log = createLog('warn', false);
const directory = `${config.WORKSPACE_BASE_PATH}/.postgres`;
const embedded = config.DATABASE_URL === undefined ? await startEmbedded({ directory, log }) : undefined;
const pool = await openPool(embedded?.url ?? (config.DATABASE_URL as string), {
  connectionsMax: 1,
  statementTimeoutMs: 600_000, // A large table of an older engine is numbered in one statement.
  onError: (error) => console.error(error.message),
});
try {
  if (!process.argv.includes('--status')) await migrate(pool);
  for (const { name, isApplied } of await migrationStatus(pool))
    console.log(`${isApplied ? 'applied' : 'missing'}  ${name}`);
} finally {
  await pool.end();
  await embedded?.stop();
}
