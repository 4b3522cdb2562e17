// `npm run load`: loads a deployment, prints its state meanwhile, and ends with a verdict. README.md tells the rest.
import { answerHelp } from '../../engine/commands/answer-help.ts';
import { usageExitCode } from '../../schema/exit-codes.ts';
import { failedExitCode } from '../exit-codes.ts';
import { judgeLoad } from './judge-load.ts';
import { loadDeployment } from './load-deployment.ts';
import { type LoadOptions, loadUsage, readLoadOptions } from './load-options.ts';
import { LoadTally, timedActs } from './load-tally.ts';

const liveIntervalMs = 1_000;
const percents = [50, 90, 99, 99.9, 100];

async function main(): Promise<void> {
  answerHelp(loadUsage);
  const options = readOptionsOrExit();
  const tally = new LoadTally();
  const interruption = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => interruption.abort());
  const startedAtMs = performance.now();
  const live = setInterval(() => console.error(formatLiveLine(tally, performance.now() - startedAtMs)), liveIntervalMs);
  try {
    await loadDeployment(options, tally, interruption.signal);
  } finally {
    clearInterval(live);
  }
  console.log(formatReport(tally));
  const verdict = judgeLoad(tally, options.limits);
  console.log(verdict.sentences.join('\n'));
  process.exitCode = verdict.isGood ? 0 : failedExitCode;
}

function readOptionsOrExit(): LoadOptions {
  try {
    return readLoadOptions(process.argv.slice(2));
  } catch (error) {
    console.error(`${(error as Error).message}\n${loadUsage}`);
    process.exit(usageExitCode);
  }
}

function formatLiveLine(tally: LoadTally, elapsedMs: number): string {
  const p99Ms = tally.percentileMs('acknowledged', 99).toFixed(1);
  return (
    `${(elapsedMs / 1_000).toFixed(0).padStart(4)} s  ${tally.open} open  ${tally.count('acknowledged')} acknowledged ` +
    `(p99 ${p99Ms} ms)  ${tally.count('turn')} turns  ${tally.events} events  ${tally.errors} errors`
  );
}

function formatReport(tally: LoadTally): string {
  const head = `${'ms'.padEnd(14)}${'count'.padStart(9)}${percents.map((percent) => `p${percent}`.padStart(10)).join('')}`;
  const lines = timedActs.map((what) => {
    const times = percents.map((percent) => tally.percentileMs(what, percent).toFixed(1).padStart(10)).join('');
    return `${what.padEnd(14)}${String(tally.count(what)).padStart(9)}${times}`;
  });
  const errors = tally.errorsByCode.map(([code, count]) => `  ${code}: ${count}`);
  return [head, ...lines, `errors: ${tally.errors}`, ...errors, ''].join('\n');
}

try {
  await main();
} catch (error) {
  console.error((error as Error).message);
  process.exit(failedExitCode);
}
