// `npm run bench`: measures the scenarios named, or all, says what came out, and writes it. README.md tells the rest.
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { constants } from 'node:os';
import path from 'node:path';
import { answerHelp } from '../engine/commands/answer-help.ts';
import { usageExitCode } from '../schema/exit-codes.ts';
import { measureAgainst } from './against.ts';
import { drawChart } from './charts/chart.ts';
import { checkOut, findCommit, ownFolder, prepareCheckout } from './checkout.ts';
import { type BenchRequest, formatUsage, readCommandLine } from './command-line.ts';
import { compareRuns } from './comparison.ts';
import { replaceTextBetween } from './document.ts';
import { failedExitCode } from './exit-codes.ts';
import { describeMachine, type Machine } from './machine.ts';
import { endAllChildren } from './processes/child.ts';
import { formatProgress } from './progress.ts';
import { formatComparison, formatDetails, formatMachine, formatSides, formatTable } from './report.ts';
import {
  type ResultFile,
  type Results,
  readLastElapsedMs,
  readResult,
  resultNameOf,
  resultsFolder,
  writeResult,
} from './results.ts';
import { formatSection, isValidResult, resultsMarks } from './results-section.ts';
import type { Scenario, ScenarioResult } from './scenario.ts';
import { scenarios } from './scenarios/all.ts';
import { readVersions } from './versions.ts';

/** The document is beside the charts that it links. */
const document = path.join(import.meta.dirname, 'RESULTS.md');

async function main(): Promise<void> {
  answerHelp(formatUsage(Object.keys(scenarios)));
  const { request, earlier, commit } = readRequest();
  const interrupted = endChildrenOnSignals();
  const machine = describeMachine();
  console.log(`${formatMachine(machine)}\n`);
  if (commit === undefined) await measureHere(request, { machine, earlier, interrupted });
  else await measureBoth(request, commit, interrupted);
}

type Here = { machine: Machine; earlier: ResultFile | undefined; interrupted: AbortSignal };

async function measureHere(request: BenchRequest, { machine, earlier, interrupted }: Here): Promise<void> {
  const measuredAt = new Date().toISOString();
  const versions = await readVersions(process.env.DATABASE_URL);
  const { results, elapsedMs } = await measureAll(request, interrupted);
  if (interrupted.aborted) return;
  const file: ResultFile = {
    format: 1,
    measuredAt,
    isQuick: request.options.isQuick,
    machine,
    versions,
    elapsedMs,
    results,
  };
  console.log(formatTable(results));
  if (earlier) console.log(`\n${formatComparison(earlier, compareRuns(earlier, file))}`);
  if (request.writes) writeResults(file, request);
  setExitCode(request, [results]);
}

async function measureBoth(request: BenchRequest, commit: string, interrupted: AbortSignal): Promise<void> {
  const before = checkOut(commit);
  console.error(`preparing ${commit} in ${before}`);
  await prepareCheckout(before);
  const checkouts = { before, now: ownFolder };
  const sides = await measureAgainst({ scenarios, ...request, checkouts, interrupted });
  if (interrupted.aborted) return;
  for (const [name, result] of Object.entries(sides.now)) {
    const earlier = sides.before[name] as ScenarioResult;
    console.log(`\n${formatDetails(`${name} of ${commit}`, earlier)}\n\n${formatDetails(name, result)}`);
  }
  console.log(`\n${formatSides(commit, sides)}`);
  setExitCode(request, [sides.before, sides.now]);
}

function setExitCode({ names }: BenchRequest, measured: readonly Results[]): void {
  const isValid = measured.every((results) => names.every((name) => isValidResult(results[name])));
  process.exitCode = isValid ? 0 : failedExitCode;
}

type Request = { request: BenchRequest; earlier?: ResultFile; commit?: string };

function readRequest(): Request {
  try {
    const request = readCommandLine(process.argv.slice(2), Object.keys(scenarios));
    const { against, asksToSave } = request;
    if (against === undefined) return { request };
    if (existsSync(against)) return { request, earlier: readResult(against) };
    const commit = findCommit(against);
    if (commit === undefined)
      throw new Error(`--against is "${against}", which is neither a result file nor a commit.`);
    if (asksToSave) throw new Error('A comparison with a commit writes nothing; leave --save away.');
    return { request, commit };
  } catch (error) {
    console.error(`${(error as Error).message}\n${formatUsage(Object.keys(scenarios))}`);
    process.exit(usageExitCode);
  }
}

/** A scenario that could not be measured is named, and not among the results. */
async function measureAll({ names, options }: BenchRequest, interrupted: AbortSignal) {
  const earlierMs = readLastElapsedMs(options.isQuick);
  const results: Results = {};
  const elapsedMs: Record<string, number> = {};
  for (const [at, name] of names.entries()) {
    const startedAtMs = performance.now();
    const runningMs = () => performance.now() - startedAtMs;
    const progress = (text: string) =>
      console.error(formatProgress({ names, at, elapsedMs, runningMs: runningMs(), earlierMs }, text));
    try {
      progress('begins');
      const result = await (scenarios[name] as Scenario)({ ...options, checkout: ownFolder, progress });
      results[name] = result;
      console.log(`\n${formatDetails(name, result)}\n`);
    } catch (error) {
      if (interrupted.aborted) break;
      console.error(`${name} could not be measured:`, error);
    }
    await endAllChildren();
    elapsedMs[name] = runningMs();
  }
  return { results, elapsedMs };
}

/** The first signal ends all processes and removes their folders; a second one doesn't wait, and they end by themselves. */
function endChildrenOnSignals(): AbortSignal {
  const interruption = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => {
      const exitCode = 128 + constants.signals[signal];
      if (interruption.signal.aborted) process.exit(exitCode);
      interruption.abort();
      void endAllChildren().then(() => process.exit(exitCode));
    });
  }
  return interruption.signal;
}

/** The document has whole runs only. */
function writeResults(file: ResultFile, { isWhole, saves, names }: BenchRequest): void {
  const name = resultNameOf(file, isWhole);
  const charts = writeCharts(file.results, name);
  console.log(
    `\nWritten: ${path.relative(process.cwd(), writeResult(file, name))}, with ${Object.keys(charts).length} charts`,
  );
  if (!saves) return;
  writeFileSync(
    document,
    replaceTextBetween(readFileSync(document, 'utf8'), resultsMarks, formatSection(file, names, charts)),
  );
  console.log('Written: bench/RESULTS.md');
}

/** @returns the path of each scenario's chart from this folder */
function writeCharts(results: Results, name: string): Record<string, string> {
  const folder = path.join(resultsFolder, name);
  rmSync(folder, { recursive: true, force: true }); // An earlier run on the same day may have left charts.
  mkdirSync(folder, { recursive: true });
  const charts: Record<string, string> = {};
  for (const [scenario, result] of Object.entries(results)) {
    const svg = drawChart(scenario, result);
    if (svg === undefined) continue;
    const chart = path.join(folder, `${scenario}.svg`);
    writeFileSync(chart, svg);
    charts[scenario] = path.relative(import.meta.dirname, chart).replaceAll(path.sep, '/');
  }
  return charts;
}

await main();
