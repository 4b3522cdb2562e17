// Starts the plain implementation in a process of its own, on the tables of an engine's database.
import type { Target } from '../generators/session-client.ts';
import { Child } from '../processes/child.ts';
import type { EngineAddress } from '../server/engine.ts';
import type { PlainAnswers } from './plain.ts';

export type RunningPlain = { process: Child<PlainAnswers>; target: Target };

export async function startPlain({ secret, databaseUrl }: EngineAddress): Promise<RunningPlain> {
  const process = new Child<PlainAnswers>('stand-ins/plain.ts');
  return { process, target: { port: await process.ask('start', { secret, databaseUrl }), secret } };
}
