// History and replay in a real browser: what was said is found, renamed, exported, gone on from, shown again and deleted.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import type { Page } from 'playwright-core';
import { browserTest } from '../../engine/testing/chromium.ts';
import { findFaults } from './testing/accessibility.ts';
import {
  findOverflow,
  messageField,
  narrow,
  startTask,
  waitForCount,
  waitForFocus,
  waitForValue,
} from './testing/console-browser.ts';
import { shareConsole } from './testing/share-console.ts';

const shared = shareConsole();

/** A session whose turn has ended. */
async function makeSession(page: Page, task: string): Promise<string> {
  await page.goto('/console/');
  const sessionId = await startTask(page, task);
  await page.getByText('Done in mock mode').first().waitFor();
  return sessionId;
}

async function choose(page: Page, menu: string | RegExp, item: string): Promise<void> {
  await page.getByRole('button', { name: menu }).click();
  await page.getByRole('menuitem', { name: item }).click();
}

const rows = (page: Page) => page.getByRole('list', { name: 'Chats' }).getByRole('listitem');

browserTest('a chat is found by what was said, and the words are marked', async () => {
  const page = await shared.browser.signIn('finder');
  await makeSession(page, 'Write hello world');
  await makeSession(page, 'Mend the login page');
  await page.getByRole('link', { name: 'History' }).click();
  await rows(page).nth(1).waitFor();
  await page.locator('body').press('/');
  await waitForFocus(page.getByRole('searchbox'));
  await page.keyboard.type('login mock');
  await rows(page).nth(1).waitFor({ state: 'detached' });
  await page.locator('mark', { hasText: 'login' }).first().waitFor();
  assert.deepEqual(await findFaults(page), []);
  await page.getByRole('searchbox').fill('nobody said this');
  await page.getByText('No chat has all of these words').waitFor();
  await page.getByRole('searchbox').fill('');
  await rows(page).nth(1).waitFor();
  shared.browser.findNoTrouble();
});

browserTest('a chat is renamed in place, and everywhere it is shown', async () => {
  const page = await shared.browser.signIn('namer');
  await makeSession(page, 'Write hello world');
  await page.goto('/console/history');
  await choose(page, /More about Write hello world/, 'Rename');
  await page.getByRole('listitem').locator('input:focus').waitFor();
  await page.keyboard.type('Greetings');
  await page.keyboard.press('Enter');
  await page.getByRole('link', { name: 'Greetings' }).click();
  await page.getByRole('heading', { name: 'Greetings' }).waitFor();
  await choose(page, 'More about this session', 'Rename');
  await page.getByLabel('Title').fill('Greetings again');
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { name: 'Greetings again' }).waitFor();
  await page.goto('/console/');
  await page.getByRole('link', { name: 'Greetings again' }).waitFor();
  shared.browser.findNoTrouble();
});

browserTest('a chat comes down as JSON and as Markdown', async () => {
  const page = await shared.browser.signIn('exporter');
  await makeSession(page, 'Write hello world');
  await page.goto('/console/history');
  for (const [item, pattern] of [
    ['Export as JSON', /"messages"/],
    ['Export as Markdown', /^# Write hello world/],
  ] as const) {
    const downloaded = page.waitForEvent('download');
    await choose(page, /More about Write hello world/, item);
    const file = await downloaded;
    assert.match(file.suggestedFilename(), /^Write-hello-world\.(json|md)$/);
    assert.match(readFileSync(await file.path(), 'utf8'), pattern);
  }
  shared.browser.findNoTrouble();
});

browserTest('a chat goes on where its session is alive, and in a copy where it was stopped or is forked', async () => {
  const page = await shared.browser.signIn('goer');
  const sessionId = await makeSession(page, 'Write hello world');
  await page.goto('/console/history');
  await page.getByRole('button', { name: /Continue/ }).click();
  await page.waitForURL(`**/console/sessions/${sessionId}`);
  await choose(page, 'More about this session', 'Stop for good');
  await page.getByRole('button', { name: 'Let it go on' }).click();
  await page.getByRole('dialog').waitFor({ state: 'detached' });
  await messageField(page).waitFor();
  await choose(page, 'More about this session', 'Stop for good');
  await page.getByRole('button', { name: 'Stop for good' }).click();
  await page.getByText('This session has ended').waitFor();
  await waitForCount(page.getByText(/stopped\.?$/), 2); // In the head, and once in the conversation.
  await page.getByRole('button', { name: 'More about this session' }).click();
  await page.getByRole('menuitem', { name: 'Replay' }).waitFor();
  assert.equal(await page.getByRole('menuitem', { name: 'Stop for good' }).count(), 0);
  await page.goto('/console/history');
  await page.getByRole('button', { name: /Continue/ }).click();
  await messageField(page).fill('Now add tests');
  await messageField(page).press('Enter');
  await page.getByText('looked at the project again').first().waitFor();
  const copyPath = new URL(page.url()).pathname;
  assert.ok(!copyPath.includes(sessionId));
  await choose(page, 'More about this session', 'Fork from here');
  await page.waitForURL(({ pathname }) => pathname !== copyPath);
  await page.getByText('looked at the project again').first().waitFor();
  shared.browser.findNoTrouble();
});

browserTest('a chat is deleted once that was confirmed, and not where it wasn’t', async () => {
  const page = await shared.browser.signIn('deleter', narrow);
  const sessionId = await makeSession(page, 'Write hello world');
  await page.goto('/console/history');
  await choose(page, /More about Write hello world/, 'Delete');
  await page.getByRole('button', { name: 'Keep it' }).waitFor();
  assert.deepEqual(await findFaults(page), []);
  assert.equal(await findOverflow(page), 0);
  await page.getByRole('button', { name: 'Keep it' }).click();
  await page.getByRole('dialog').waitFor({ state: 'detached' });
  await waitForCount(rows(page), 1);
  await page.goto(`/console/sessions/${sessionId}`);
  await messageField(page).waitFor();
  await choose(page, 'More about this session', 'Delete');
  await page.getByRole('button', { name: 'Delete for good' }).click();
  await page.getByText('Start your first session').waitFor();
  await page.goto('/console/history');
  await page.getByText('Nothing was said yet').waitFor();
});

browserTest('a list of hundreds of chats goes on while one scrolls, and draws only what is seen', async () => {
  const page = await shared.browser.signIn('many');
  await page.evaluate(async () => {
    for (let at = 0; at < 130; at++)
      await fetch('/api/v1/sessions', { method: 'POST', body: JSON.stringify({ task: `Task number ${at}` }) });
  });
  await page.goto('/console/history');
  await rows(page).first().waitFor();
  const last = page.getByText('Task number 0', { exact: true });
  while ((await last.count()) === 0) {
    await page.mouse.move(600, 400);
    await page.mouse.wheel(0, 1_500);
  }
  await last.waitFor();
  assert.ok((await rows(page).count()) < 60);
  shared.browser.findNoTrouble();
});

const shownAt = (page: Page, shown: number) =>
  page.getByRole('region', { name: 'Replay' }).getByText(new RegExp(`^${shown} of \\d+$`));
const sliderOf = (page: Page) => page.getByRole('slider', { name: 'Shown until event' });

browserTest('a record is played, stepped and scrubbed by keys, and forked where it stands', async () => {
  const page = await shared.browser.signIn('player');
  const sessionId = await makeSession(page, 'Write hello world');
  await choose(page, 'More about this session', 'Replay');
  await page.waitForURL(`**/console/replay/${sessionId}`);
  await shownAt(page, 1).waitFor();
  await page.keyboard.press('ArrowRight');
  await page.keyboard.press('ArrowRight');
  await shownAt(page, 3).waitFor();
  await page.keyboard.press('ArrowLeft');
  await shownAt(page, 2).waitFor();
  assert.deepEqual(await findFaults(page), []);
  await page.getByLabel('Speed').selectOption('64');
  await page.getByRole('heading').click();
  await page.keyboard.press('Space');
  await page.getByText('Done in mock mode').first().waitFor();
  await page.getByRole('button', { name: 'Play (space)' }).waitFor();
  await waitForValue(sliderOf(page), (await sliderOf(page).getAttribute('max')) ?? '');
  await page.locator('body').press('Home');
  await waitForValue(sliderOf(page), '1');
  await page.locator('body').press('End');
  await page.getByText('Done in mock mode').first().waitFor();
  await page.getByRole('slider').press('Home');
  await waitForValue(sliderOf(page), '1');
  await waitForCount(page.getByText('Done in mock mode'), 0);
  await page.getByRole('button', { name: /next turn/ }).click();
  await page.getByRole('button', { name: /next turn/ }).click();
  await page.getByText('Done in mock mode').first().waitFor();
  await page.getByRole('button', { name: 'Fork from here' }).click();
  await page.waitForURL(({ pathname }) => pathname.startsWith('/console/sessions/') && !pathname.includes(sessionId));
  await messageField(page).waitFor();
  shared.browser.findNoTrouble();
});

browserTest('an address without a session, or with somebody else’s, says so and leads back', async () => {
  const owner = await shared.browser.signIn('owner');
  const foreign = await makeSession(owner, 'Write hello world');
  const page = await shared.browser.signIn('stranger');
  for (const [path, words] of [
    ['/console/replay/abc', 'There is no session at this address'],
    ['/console/sessions/abc', 'There is no session at this address'],
    [`/console/sessions/${foreign}`, 'This session is somebody else’s'],
    ['/console/nowhere', 'There is nothing at this address'],
  ] as const) {
    await page.goto(path);
    await page.getByRole('heading', { name: words }).waitFor();
    assert.equal(await page.getByRole('region', { name: 'Replay' }).count(), 0);
    await page.getByRole('navigation', { name: 'Pages' }).waitFor();
    await page.getByRole('link', { name: 'Go to your sessions' }).click();
    await page.getByText('Start your first session').waitFor();
  }
});

browserTest('the palette has what can be done with a session', async () => {
  const page = await shared.browser.signIn('palette');
  const sessionId = await makeSession(page, 'Write hello world');
  await page.keyboard.press('Control+k');
  await page.getByRole('dialog').waitFor();
  await page.keyboard.type('Replay');
  await page.getByRole('option', { name: /Replay/, selected: true }).waitFor();
  await page.keyboard.press('Enter');
  await page.waitForURL(`**/console/replay/${sessionId}`);
  shared.browser.findNoTrouble();
});
