// A scenario of several parts that make containers, all of which are removed in the end.
import { setTimeout as sleep } from 'node:timers/promises';
import { readMachineBusyMs } from '../machine.ts';
import { endAllChildren } from '../processes/child.ts';
import { mergeResults, type Scenario, type ScenarioOptions, type ScenarioResult } from '../scenario.ts';
import { checkDocker, removeLeftovers } from './start-sandboxes.ts';

const quietLookMs = 2_000;
/** The share of a core above which other programs make every time longer. */
const othersBusyMax = 0.2;

export const measureInDocker =
  (parts: Record<string, Scenario>): Scenario =>
  async (options: ScenarioOptions): Promise<ScenarioResult> => {
    await checkDocker();
    const othersBusy = await measureCoresBusy();
    try {
      const results: ScenarioResult[] = [];
      for (const [name, measure] of Object.entries(parts)) {
        const progress = (text: string) => options.progress(`${name}, ${text}`);
        results.push(await measure({ ...options, progress }));
      }
      const whole = mergeResults(results);
      return othersBusy > othersBusyMax
        ? { ...whole, warnings: [...whole.warnings, formatBusyWarning(othersBusy)] }
        : whole;
    } finally {
      await endAllChildren();
      await removeLeftovers();
    }
  };

/** @returns the cores that other programs use, before anything is measured */
async function measureCoresBusy(): Promise<number> {
  const [busyBeforeMs, startedAtMs] = [readMachineBusyMs(), performance.now()];
  await sleep(quietLookMs);
  return (readMachineBusyMs() - busyBeforeMs) / (performance.now() - startedAtMs);
}

const formatBusyWarning = (cores: number) =>
  `Before it began, others kept ${cores.toFixed(1)} cores busy: times may be longer than on a quiet machine.`;
