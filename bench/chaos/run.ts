// `npm run chaos`: runs the faults named, or all, and says what held. README.md tells the rest.
import { randomInt } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { answerHelp } from '../../engine/commands/answer-help.ts';
import { startTestPostgres } from '../../engine/testing/postgres.ts';
import { usageExitCode } from '../../schema/exit-codes.ts';
import { type Marks, replaceTextBetween } from '../document.ts';
import { failedExitCode } from '../exit-codes.ts';
import { describeMachine } from '../machine.ts';
import { formatMachine } from '../report.ts';
import { clusterFaults } from './cluster/faults.ts';
import type { Fault, Finding } from './fault.ts';
import { chaosMarks, clusterMarks, type FaultLine, formatFaultTable, mergeTable } from './fault-table.ts';
import { faults } from './faults.ts';
import { makeRandom } from './random.ts';

const usage = `usage: npm run chaos -- [fault]… [--quick] [--seed N] [--save]
       npm run chaos -- cluster [--faults NAME,…] [--rounds N] [--quick] [--seed N] [--save]

  faults    ${Object.keys(faults).join(', ')}; all where none is named
  --faults  of a cluster: ${Object.keys(clusterFaults).join(', ')}; all where none is named
  --rounds  how often each fault of a cluster is made: 20 times, or twice with --quick
  --quick   less of everything, in a few minutes; its table says so
  --seed N  the schedule of an earlier run, which printed its seed
  --save    writes the table of a whole run into RESULTS.md`;
const seedMax = 2 ** 31;
const document = path.join(import.meta.dirname, 'RESULTS.md');

/** A table of faults, and the place of its findings in the document. */
type Suite = { faults: Record<string, Fault>; marks: Marks };

const engineSuite: Suite = { faults, marks: chaosMarks };
const clusterSuite: Suite = { faults: clusterFaults, marks: clusterMarks };

type ChaosRequest = {
  suite: Suite;
  names: string[];
  rounds: number | undefined;
  isQuick: boolean;
  seed: number;
  saves: boolean;
};

/** All faults share one PostgreSQL, the suite's own unless TEST_DATABASE_URL names another. */
async function main(): Promise<void> {
  answerHelp(usage);
  const request = readCommandLine();
  const server = process.env.TEST_DATABASE_URL ? undefined : await startTestPostgres();
  if (server) process.env.TEST_DATABASE_URL = server.url;
  try {
    process.exitCode = (await runAll(request)) ? 0 : failedExitCode;
  } finally {
    await server?.stop();
  }
}

/** @returns whether all faults held */
async function runAll({ suite, names, rounds, isQuick, seed, saves }: ChaosRequest): Promise<boolean> {
  console.log(`${formatMachine(describeMachine())}\nSeed ${seed}; the same again: --seed ${seed}\n`);
  const lines: FaultLine[] = [];
  for (const name of names) {
    const fault = suite.faults[name] as Fault;
    const progress = (text: string) => console.error(`${name}: ${text}`);
    const finding = await runFault(fault, { isQuick, rounds, random: makeRandom(seed).fork(name), progress });
    lines.push({ title: fault.title(isQuick), reach: fault.reach(isQuick), finding, seed });
    console.log(`${name}: ${finding.measured}`);
    for (const violation of finding.violations) console.log(`  VIOLATED: ${violation}`);
  }
  console.log(`\n${formatFaultTable(lines)}`);
  if (saves) saveTable(lines, suite);
  return lines.every(({ finding }) => finding.violations.length === 0);
}

/** A fault that didn't run to its end has shown nothing, which counts as a violation. */
async function runFault(fault: Fault, options: Parameters<Fault['run']>[0]): Promise<Finding> {
  try {
    return await fault.run(options);
  } catch (error) {
    console.error(error);
    return { measured: 'not measured', violations: [`it ended early: ${(error as Error).message}`] };
  }
}

function readCommandLine(): ChaosRequest {
  try {
    const { values, positionals } = parseArgs({
      allowPositionals: true,
      options: {
        quick: { type: 'boolean', default: false },
        save: { type: 'boolean', default: false },
        seed: { type: 'string' },
        faults: { type: 'string' },
        rounds: { type: 'string' },
      },
    });
    const isCluster = positionals[0] === 'cluster';
    if (isCluster && positionals.length > 1) throw new Error('--faults names the faults of a cluster.');
    if (!isCluster && (values.faults ?? values.rounds) !== undefined)
      throw new Error('--faults and --rounds are for "cluster".');
    const suite = isCluster ? clusterSuite : engineSuite;
    const asked = isCluster ? (values.faults?.split(',') ?? []) : positionals;
    if (values.save && (values.quick || values.rounds !== undefined))
      throw new Error('--save is for whole runs: the document tells of nothing else.');
    const unknown = asked.find((name) => !Object.hasOwn(suite.faults, name));
    if (unknown !== undefined) throw new Error(`There is no fault "${unknown}".`);
    if (values.seed !== undefined && !/^\d{1,10}$/.test(values.seed)) throw new Error('--seed accepts a whole number.');
    if (values.rounds !== undefined && !/^[1-9]\d{0,3}$/.test(values.rounds))
      throw new Error('--rounds accepts a whole number from 1 to 9999.');
    const seed = values.seed === undefined ? randomInt(seedMax) : Number(values.seed);
    const names = asked.length > 0 ? [...new Set(asked)] : Object.keys(suite.faults);
    const rounds = values.rounds === undefined ? undefined : Number(values.rounds);
    return { suite, names, rounds, isQuick: values.quick, seed, saves: values.save };
  } catch (error) {
    console.error(`${(error as Error).message}\n${usage}`);
    process.exit(usageExitCode);
  }
}

/** Faults that were not run keep their earlier findings. */
function saveTable(lines: readonly FaultLine[], { faults, marks }: Suite): void {
  const before = readFileSync(document, 'utf8');
  const titles = Object.values(faults).map((fault) => fault.title(false));
  writeFileSync(document, replaceTextBetween(before, marks, mergeTable(before, lines, titles, marks)));
  console.log(`\nWritten into ${path.relative(process.cwd(), document)}`);
}

for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(failedExitCode)); // What runs or was made ends with it.
await main();
process.exit(); // Node may spin for ever in taking down an environment whose sockets were reset (24.21: CleanupHandles).
