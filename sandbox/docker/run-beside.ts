// One command beside the shell of a container, and how it ends.
import { randomBytes } from 'node:crypto';
import { type Outcome, succeeded } from '../../schema/error.ts';
import { limits } from '../../schema/limits.ts';
import { KeptOutput } from '../output.ts';
import type { RunOptions, RunResult } from '../sandbox.ts';
import type { Killer } from '../shell.ts';
import { within } from '../within.ts';
import type { Agent } from './agent.ts';

export async function runBeside(
  agent: Agent,
  text: string,
  { timeoutMs, signal, onOutput }: RunOptions,
  kill: Killer,
): Promise<Outcome<RunResult>> {
  const output = new KeptOutput();
  const hear = (chunk: Buffer) => {
    output.add(chunk);
    onOutput?.(chunk);
  };
  const mark = randomBytes(8).toString('hex');
  const startedAtMs = performance.now();
  const running = agent.runApart({ text, mark, hear, timeoutMs: timeoutMs + limits.killTimeoutMs });
  const ended = await within(running, timeoutMs, signal);
  if (typeof ended === 'object') {
    return ended.ok ? succeeded({ kind: 'exited', output: output.text(), exitCode: ended.value }) : ended;
  }
  await kill({ mark, ageMs: Math.ceil(performance.now() - startedAtMs), shellPid: 0 });
  await within(running, limits.killPatienceMs);
  if (ended === 'cancelled') return succeeded({ kind: 'cancelled', output: output.text() });
  return succeeded({ kind: 'timedOut', output: output.text(), limitMs: timeoutMs });
}
