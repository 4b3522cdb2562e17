// A scenario of several parts that make containers: on a machine with Docker, and with nothing left behind.
import { setTimeout as sleep } from 'node:timers/promises';
import { machineBusyMs } from '../machine.ts';
import { endAll } from '../processes/child.ts';
import { type Options, type Result, type Scenario, together } from '../scenario.ts';
import { checkDocker, removeLeft } from './start.ts';

const quietLookMs = 2_000;
/** Of a core: what others use beyond makes every time longer than it is. */
const othersBusyMax = 0.2;

export const inDocker =
  (parts: Record<string, Scenario>): Scenario =>
  async (options: Options): Promise<Result> => {
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
  };

/** By anything on the machine, before this begins. */
async function coresBusy(): Promise<number> {
  const [busyBeforeMs, startedAtMs] = [machineBusyMs(), performance.now()];
  await sleep(quietLookMs);
  return (machineBusyMs() - busyBeforeMs) / (performance.now() - startedAtMs);
}

const busyWarning = (cores: number) =>
  `Before it began, others kept ${cores.toFixed(1)} cores busy: times may be longer than on a quiet machine.`;
