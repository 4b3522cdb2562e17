// The way of a person through the console, in a real browser: sign in, begin a task, watch, interrupt, say more, take the files.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { browserTest } from '../../engine/testing/chromium.ts';
import { messageField, startTask, taskField } from './testing/console-browser.ts';
import { shareConsole } from './testing/share-console.ts';

const shared = shareConsole({ MOCK_STEP_DELAY_MS: '50' });

browserTest('somebody signs in by name, starts a task with Enter, watches it to its end and says more', async () => {
  const page = await shared.browser.signIn('ada');
  await startTask(page, 'Write hello world');
  await page.getByText('Done in mock mode: wrote and ran hello.py').first().waitFor();
  await page.getByText('Hello from Lucid!').first().waitFor();
  await messageField(page).fill('Now add tests');
  await messageField(page).press('Enter');
  await page.getByText('looked at the project again').first().waitFor();
  await page.getByRole('link', { name: /your sessions/ }).click();
  await page.getByRole('link', { name: /Write hello world/ }).waitFor();
  shared.browser.findNoTrouble();
});

browserTest('Esc interrupts the agent, which then waits for the next message', async () => {
  const page = await shared.browser.signIn('grace');
  await startTask(page, 'Emit 2000 events, 1 every 20 ms');
  await page
    .getByText(/Thought \d+ of 2000/)
    .first()
    .waitFor();
  await messageField(page).press('Escape');
  await page
    .getByText(/interrupted/i)
    .first()
    .waitFor();
  await messageField(page).fill('Emit 3 events');
  await messageField(page).press('Enter');
  await page.getByText('Emitted 3 events').first().waitFor();
  shared.browser.findNoTrouble();
});

browserTest('what was changed is shown as a diff, and comes down as a patch and as an archive', async () => {
  const page = await shared.browser.signIn('mary');
  await startTask(page, 'Write hello world');
  await page.getByText('Done in mock mode').first().waitFor();
  await page.getByRole('tab', { name: 'Changes' }).click();
  await page.getByText('hello.py').first().waitFor();
  await page.getByText('Written by the mock agent.').first().waitFor();
  for (const [name, pattern] of [
    ['patch', /hello\.py/],
    ['workspace', /Written by the mock agent/],
  ] as const) {
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page
        .getByRole('link', { name: new RegExp(`download.*${name}|${name}`, 'i') })
        .first()
        .click(),
    ]);
    assert.match(unpack(readFileSync(await download.path())), pattern);
  }
  shared.browser.findNoTrouble();
});

const unpack = (body: Buffer): string => (body[0] === 0x1f ? gunzipSync(body) : body).toString();

browserTest('who has signed out sees nothing any more, nor does who goes back', async () => {
  const page = await shared.browser.signIn('joan');
  await startTask(page, 'A task of Joan’s');
  await page.getByRole('button', { name: /Signed in as joan/ }).click();
  await page.getByRole('menuitem', { name: 'Sign out' }).click();
  await page.getByLabel('Your name').waitFor();
  await page.goBack();
  await page.getByLabel('Your name').waitFor();
  assert.equal(await page.getByText('A task of Joan’s').count(), 0);
  assert.equal(await taskField(page).count(), 0);
});
