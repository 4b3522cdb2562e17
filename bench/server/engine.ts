// The engine in a process of its own, as in production, with a database and containers that are removed at the end.
import { randomBytes } from 'node:crypto';
import { rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { readConfig } from '../../engine/config.ts';
import { type Engine, startEngine } from '../../engine/engine.ts';
import { createLog } from '../../engine/log.ts';
import { engineIdFile } from '../../engine/sandboxes/sandbox-choice.ts';
import { openDocker } from '../../sandbox/docker/docker-client.ts';
import { createScratchDatabase, type ScratchDatabase } from '../database.ts';
import { collectGarbage } from '../processes/garbage.ts';
import { answerParent, readOwnUsage } from '../processes/parent.ts';
import { removeAllOfEngine } from '../sandboxes/removal.ts';

export type EngineOptions = {
  dropsRows: boolean;
  /** Variables of the engine that differ from the bench's defaults. */
  environment: Record<string, string>;
  /** The engine id of its containers; absent where it makes none. */
  engineId?: string;
};

export type EngineAddress = { port: number; secret: string; databaseUrl: string };

const [, , folder = ''] = process.argv;

let starting: Promise<EngineAddress> | undefined;
let engine: Engine | undefined;
let database: ScratchDatabase | undefined;
let engineId: string | undefined;

function startOnce(options: EngineOptions): Promise<EngineAddress> {
  starting ??= startMeasuredEngine(options);
  return starting;
}

async function startMeasuredEngine({ dropsRows, environment, ...options }: EngineOptions): Promise<EngineAddress> {
  engineId = options.engineId; // The id is known before anything is made, so that all is removed whenever this process ends.
  if (engineId) await writeFile(path.join(folder, engineIdFile), engineId);
  const given = process.env.DATABASE_URL;
  if (given) database = await createScratchDatabase(given);
  const secret = randomBytes(32).toString('hex');
  const config = readConfig({
    DATABASE_URL: database?.url,
    SESSION_SECRET: secret,
    INTERNAL_API_KEY: randomBytes(32).toString('hex'),
    WORKSPACE_BASE_PATH: folder,
    SANDBOX: 'memory',
    MOCK_STEP_DELAY_MS: '0',
    COMMANDS_PER_SECOND: '1000000', // A client of the bench stands for many people; the budget's cost is measured with the rest.
    HOST: '127.0.0.1',
    PORT: '0',
    LOG_LEVEL: 'warn',
    NODE_ENV: 'production',
    ...environment,
  });
  engine = await startEngine({ config, log: createLog(config.LOG_LEVEL, false), onFatal, dropsRows });
  return { port: engine.port, secret, databaseUrl: engine.databaseUrl };
}

/** The bench notices that this process ended. */
function onFatal(error: unknown): void {
  console.error(error);
  void endEngine().finally(() => process.exit(1));
}

/** Ctrl-C may come while PostgreSQL is being made, whose start is finished first so that it can be stopped. */
async function endEngine(): Promise<void> {
  await starting?.catch(() => undefined);
  await engine?.stop();
  if (engineId) await removeAllOfEngine(openDocker(), engineId);
  await database?.drop();
  if (folder) await rm(folder, { recursive: true, force: true }); // The bench removes them too, unless it has ended.
}

const answers = { start: startOnce, collectGarbage, usage: readOwnUsage };
export type EngineAnswers = typeof answers;

answerParent(answers, endEngine);
