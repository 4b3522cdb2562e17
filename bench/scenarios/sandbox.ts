// Docker sandboxes beside plain dockerode: their start, their commands, a burst of them, and a long output.
import { setTimeout as sleep } from 'node:timers/promises';
import { machineBusyMs } from '../machine.ts';
import { endAll } from '../processes/child.ts';
import { checkDocker, removeLeft } from '../sandboxes/start.ts';
import type { Options, Result, Scenario } from '../scenario.ts';
import { burst } from './sandbox/burst.ts';
import { commands } from './sandbox/commands.ts';
import { output } from './sandbox/output.ts';
import { start } from './sandbox/start.ts';

const parts: Record<string, Scenario> = { start, commands, burst, output };

const quietLookMs = 2_000;
/** Of a core: what others use beyond makes every time longer than it is. */
const othersBusyMax = 0.2;

export async function sandbox(options: Options): Promise<Result> {
  await checkDocker();
  const othersBusy = await coresBusy();
  try {
    const results: Result[] = [];
    for (const [name, measure] of Object.entries(parts)) {
      const progress = (text: string) => options.progress(`${name}, ${text}`);
      results.push(await measure({ ...options, progress }));
    }
    const whole = together(results);
    return othersBusy > othersBusyMax ? { ...whole, warnings: [...whole.warnings, busyWarning(othersBusy)] } : whole;
  } finally {
    await endAll();
    await removeLeft();
  }
}

/** By anything on the machine, before this begins. */
async function coresBusy(): Promise<number> {
  const [busyBeforeMs, startedAtMs] = [machineBusyMs(), performance.now()];
  await sleep(quietLookMs);
  return (machineBusyMs() - busyBeforeMs) / (performance.now() - startedAtMs);
}

const busyWarning = (cores: number) =>
  `Before it began, others kept ${cores.toFixed(1)} cores busy: times may be longer than on a quiet machine.`;

/** Each part has figures of its own. */
const together = (results: readonly Result[]): Result => ({
  rows: results.flatMap(({ rows }) => rows),
  figures: Object.assign({}, ...results.map(({ figures }) => figures)),
  notes: results.flatMap(({ notes }) => notes),
  warnings: results.flatMap(({ warnings }) => warnings),
  problems: results.flatMap(({ problems }) => problems),
});
