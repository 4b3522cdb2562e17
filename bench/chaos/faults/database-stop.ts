// PostgreSQL is killed, as by a power cut, and can't be reached for a while.
import { readFileSync } from 'node:fs';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { startEmbedded } from '../../../engine/database/embedded.ts';
import { Stage } from '../chaos-stage.ts';
import { Crowd } from '../crowd.ts';
import { type FaultOptions, type Finding, makeFault, violationUnless } from '../fault.ts';
import { judgeCrowd } from '../judge-crowd.ts';

const acknowledgesAgainMsMax = 5_000;
const quietLog = { info() {}, warn: console.warn, error() {} }; // The error is that PostgreSQL ended, as it should.

type Size = { awayMs: number };

export const databaseStop = makeFault<Size>({
  whole: { awayMs: 30_000 },
  quick: { awayMs: 5_000 },
  title: ({ awayMs }) => `PostgreSQL stopped at once for ${awayMs / 1_000} s`,
  reach: () => '0 lost, acknowledgements again ≤ 5 s after it is back',
  run: runDatabaseStop,
});

async function runDatabaseStop(size: Size, options: FaultOptions): Promise<Finding> {
  const folder = await mkdtemp(path.join(tmpdir(), 'lucid-chaos-'));
  await chmod(folder, 0o711); // Root's PostgreSQL runs under another account, which has to enter the folder.
  try {
    return await runIn(path.join(folder, 'postgres'), size, options);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function runIn(directory: string, { awayMs }: Size, { random, progress }: FaultOptions): Promise<Finding> {
  const postgres = await startEmbedded({ directory, log: quietLog });
  const stage = await Stage.open({ databaseUrl: postgres.url });
  try {
    const crowd = await Crowd.start({ url: stage.ws, clients: 50, random });
    crowd.startLoad(4, random);
    await delay(random.between(1_000, 2_000));
    progress(`away for ${awayMs} ms`);
    stage.proxy.refuse();
    killPostgres(directory);
    await delay(awayMs);
    stage.proxy.heal();
    const backAtMs = performance.now();
    await crowd.waitForAcknowledgement(backAtMs, 6 * acknowledgesAgainMsMax);
    const againMs = performance.now() - backAtMs;
    await delay(2_000);
    const violations = await judgeCrowd(crowd, postgres.url);
    const { acknowledged, refusals } = crowd.tally;
    return {
      measured: `${acknowledged} commands acknowledged, again ${(againMs / 1_000).toFixed(1)} s after it was back; refused: ${describeRefusals(refusals)}`,
      violations: [
        ...violations,
        ...violationUnless(againMs <= acknowledgesAgainMsMax, `acknowledgements came ${againMs} ms after it was back`),
        ...violationUnless(stage.isRunning, 'the engine ended'),
      ],
    };
  } finally {
    await stage.close();
    await postgres.stop();
  }
}

/** PostgreSQL writes nothing more, and starts again by itself, behind a proxy that refuses everybody. */
function killPostgres(directory: string): void {
  const pid = Number(readFileSync(path.join(directory, 'data', 'postmaster.pid'), 'utf8').split('\n', 1)[0]);
  process.kill(pid, 'SIGQUIT');
}

const describeRefusals = (refusals: ReadonlyMap<string, number>) =>
  [...refusals].map(([code, times]) => `${times} ${code}`).join(', ') || 'none';
