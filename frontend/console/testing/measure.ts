// Measures the console in Chromium, by hand: `node frontend/console/testing/measure.ts [quick]`. Nothing asserts these figures.
import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Page } from 'playwright-core';
import { requireConsole } from '../../../engine/testing/console.ts';
import { createTestDatabase } from '../../../engine/testing/database.ts';
import { startEngineProcess } from '../../../engine/testing/process.ts';
import { developmentEnvironment } from '../../../engine/testing/sign-in.ts';
import { measureBuild } from './build-size.ts';
import { ConsoleBrowser } from './console-browser.ts';
import { measureFirstPaint, networks } from './measure/first-paint.ts';
import { measureMemory } from './measure/memory.ts';
import { measurePixels } from './measure/pixels.ts';
import { measureScrolling } from './measure/scrolling.ts';
import { median } from './measure/statistics.ts';

const isQuick = process.argv[2] === 'quick';
const rounds = isQuick ? 1 : 5;
const say = (line: string) => console.log(line);
const kilobytes = (bytes: number) => `${(bytes / 1024).toFixed(1)} KB`;
const milliseconds = (durationMs: number) => `${durationMs.toFixed(0)} ms`;

const build = fileURLToPath(new URL('../build.mjs', import.meta.url));
const buildMs = Array.from({ length: rounds }, () => {
  const beganAt = performance.now();
  execFileSync(process.execPath, [build]);
  return performance.now() - beganAt;
});
say(`build: ${milliseconds(median(buildMs))}`);
await requireConsole();
const { initial, all } = await measureBuild();
say(
  `first page: ${initial.names.length} scripts, ${kilobytes(initial.bytes)}, gzip ${kilobytes(initial.gzipBytes)}, brotli ${kilobytes(initial.brotliBytes)}; all: ${all.length} scripts`,
);

const database = await createTestDatabase();
const engine = await startEngineProcess(database.url, developmentEnvironment);
const browser = new ConsoleBrowser(engine);
try {
  for (const network of networks) {
    const paints: Awaited<ReturnType<typeof measureFirstPaint>>[] = [];
    for (let round = 0; round < rounds; round++) paints.push(await measureFirstPaint(browser, network));
    const of = (key: 'firstMs' | 'meaningfulMs') => milliseconds(median(paints.map((paint) => paint[key])));
    say(`${network.name}: first paint ${of('firstMs')}, meaningful ${of('meaningfulMs')}`);
  }
  const page: Page = await browser.signIn('measured');
  const pixels = await measurePixels(page, isQuick ? 100 : 1_000);
  say(
    `event recorded to pixels, ${pixels.count} events: p50 ${milliseconds(pixels.p50)}, p99 ${milliseconds(pixels.p99)}`,
  );
  const scrolling = await measureScrolling(page, isQuick ? 1_000 : 10_000);
  say(
    `scrolling at ${scrolling.events} events: ${scrolling.frames} frames, ${scrolling.longFrames} over 32 ms, longest ${milliseconds(scrolling.longestMs)}; shown whole after ${milliseconds(scrolling.shownMs)}`,
  );
  for (const { events, heapBytes, nodes, afterMs } of await measureMemory(page, isQuick ? 1_000 : 36_000))
    say(`memory after ${events} events (${milliseconds(afterMs)}): heap ${kilobytes(heapBytes)}, ${nodes} DOM nodes`);
} finally {
  await browser.close();
  await engine.kill();
  await database.drop();
}
