// An engine that is killed in mid-turn: the page goes on by itself, with every event once.
import assert from 'node:assert/strict';
import { findFreePort } from '../../engine/database/embedded/free-port.ts';
import { browserHooks, browserTest } from '../../engine/testing/chromium.ts';
import { requireConsole } from '../../engine/testing/console.ts';
import { createTestDatabase, type TestDatabase } from '../../engine/testing/database.ts';
import { engineAddressesOf } from '../../engine/testing/engine.ts';
import { type EngineProcess, startEngineProcess } from '../../engine/testing/process.ts';
import { waitUntilHolds } from '../../engine/testing/rest.ts';
import { developmentEnvironment } from '../../engine/testing/sign-in.ts';
import { ConsoleBrowser, messageField, readEvents, readTimeline, startTask } from './testing/console-browser.ts';
import { findThoughts, watchFrames } from './testing/thoughts.ts';

let database: TestDatabase;
let engine: EngineProcess;
let browser: ConsoleBrowser;
let start: () => Promise<EngineProcess>;
browserHooks.before(async () => {
  await requireConsole();
  database = await createTestDatabase();
  const PORT = String(await findFreePort());
  start = () => startEngineProcess(database.url, { ...developmentEnvironment, PORT });
  engine = await start();
  browser = new ConsoleBrowser(engineAddressesOf(engine.port));
});
browserHooks.after(async () => {
  await browser?.close();
  await engine?.kill();
  await database?.drop();
});

browserTest('an engine is killed in mid-turn, and the page goes on by itself, with every event once', async () => {
  const page = await browser.signIn('ada');
  const frames = watchFrames(page);
  const sessionId = await startTask(page, 'Emit 120 events, 1 every 40 ms');
  await page
    .getByText(/Thought \d+ of 120/)
    .first()
    .waitFor();
  await engine.kill();
  await page.getByText('The connection was lost, coming back').waitFor();
  await messageField(page).fill('Emit 5 events');
  await messageField(page).press('Enter');
  const waiting = page.getByRole('list', { name: 'Messages that wait' });
  await waiting.getByText('Emit 5 events').waitFor();
  engine = await start();
  await page.getByText('The connection was lost, coming back').waitFor({ state: 'hidden' });
  await waiting.waitFor({ state: 'detached' });
  await page.getByText('Emitted 5 events').first().waitFor();

  await page.getByText('Turn finished').last().waitFor();
  const stored = (await readEvents(page, sessionId)).map(({ sequence }) => sequence);
  assert.ok(stored.length > 10);
  assert.deepEqual(
    stored,
    stored.map((_, at) => at + 1),
  );
  const inOrder = () => [...new Set(frames)].sort((one, other) => one - other);
  await waitUntilHolds(() => assert.deepEqual(inOrder(), stored));

  const recorded = [...(await readEvents(page, sessionId))].flatMap(({ content }) => findThoughts(content));
  const shown = [...(await readTimeline(page)).values()].flatMap((text) => [...new Set(findThoughts(text))]);
  assert.ok(recorded.length > 5);
  assert.deepEqual(shown, recorded);
  browser.findNoTrouble();
});
