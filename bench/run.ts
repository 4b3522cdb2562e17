// `npm run bench`: runs the scenarios named, or all, and prints what they measured. README.md tells the rest.
import { mkdirSync, writeFileSync } from 'node:fs';
import { constants } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { describeMachine, type Machine } from './machine.ts';
import { endAll } from './processes/child.ts';
import { describe, detailsOf, jsonOf, type Results, tableOf } from './report.ts';
import type { Options, Scenario } from './scenario.ts';
import { events } from './scenarios/events.ts';
import { idle } from './scenarios/idle.ts';
import { rest } from './scenarios/rest.ts';
import { sandbox } from './scenarios/sandbox.ts';
import { sessions } from './scenarios/sessions.ts';
import { turn } from './scenarios/turn.ts';

const scenarios: Record<string, Scenario> = { sessions, events, idle, rest, sandbox, turn };

const usage = `usage: npm run bench -- [${Object.keys(scenarios).join('|')}]… [--quick] [--save] [--clients N] [--seconds N]`;
const invalidExitCode = 1;
const usageExitCode = 64; // EX_USAGE of sysexits.h

type Asked = { names: string[]; options: Omit<Options, 'progress'>; saves: boolean };

async function main(): Promise<void> {
  const { names, options, saves } = readCommandLine();
  const interrupted = endOnSignals();
  const machine = describeMachine();
  console.log(`${describe(machine)}\n`);
  const results: Results = {};
  let isValid = true;
  for (const name of names) {
    const progress = (text: string) => console.error(`${name}: ${text}`);
    try {
      const result = await (scenarios[name] as Scenario)({ ...options, progress });
      results[name] = result;
      isValid &&= result.problems.length === 0;
      console.log(`\n${detailsOf(name, result)}\n`);
    } catch (error) {
      if (interrupted.aborted) return;
      isValid = false;
      console.error(`${name} could not be measured:`, error);
    }
    await endAll();
  }
  console.log(tableOf(results));
  if (saves) console.log(`\nSaved as ${save(machine, results)}`);
  process.exitCode = isValid ? 0 : invalidExitCode;
}

function readCommandLine(): Asked {
  try {
    const { values, positionals } = parseArgs({
      allowPositionals: true,
      options: {
        quick: { type: 'boolean', default: false },
        save: { type: 'boolean', default: false },
        clients: { type: 'string', default: '100' },
        seconds: { type: 'string' },
      },
    });
    const unknown = positionals.find((name) => !Object.hasOwn(scenarios, name));
    if (unknown !== undefined) throw new Error(`There is no scenario "${unknown}".`);
    const names = positionals.length > 0 ? [...new Set(positionals)] : Object.keys(scenarios);
    const durationMs = wholeNumber('--seconds', values.seconds ?? (values.quick ? '2' : '5')) * 1_000;
    const clients = wholeNumber('--clients', values.clients);
    const warmUpMs = values.quick ? 2_000 : 4_000;
    return {
      names,
      saves: values.save,
      options: { isQuick: values.quick, rounds: values.quick ? 3 : 5, durationMs, warmUpMs, clients },
    };
  } catch (error) {
    console.error(`${(error as Error).message}\n${usage}`);
    process.exit(usageExitCode);
  }
}

function wholeNumber(option: string, text: string): number {
  if (!/^[1-9]\d{0,4}$/.test(text))
    throw new Error(`${option} is "${text}", but it accepts a whole number from 1 to 99999.`);
  return Number(text);
}

/** Nothing is left running and no folder stays behind; a second signal doesn't wait, and the processes end by themselves. */
function endOnSignals(): AbortSignal {
  const interruption = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => {
      const exitCode = 128 + constants.signals[signal];
      if (interruption.signal.aborted) process.exit(exitCode);
      interruption.abort();
      void endAll().then(() => process.exit(exitCode));
    });
  }
  return interruption.signal;
}

function save(machine: Machine, results: Results): string {
  const measuredAt = new Date();
  const folder = path.join(import.meta.dirname, 'results');
  const file = path.join(
    folder,
    `${measuredAt.toISOString().slice(0, 10)}-${machine.name.replace(/[^\w.-]/g, '-')}.json`,
  );
  mkdirSync(folder, { recursive: true });
  writeFileSync(file, jsonOf(machine, measuredAt, results));
  return path.relative(process.cwd(), file);
}

await main();
