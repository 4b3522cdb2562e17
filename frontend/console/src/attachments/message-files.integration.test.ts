// Files that go with a task or a message, in a real browser and to a played model: pasted, dropped, chosen, refused, lost.
import assert from 'node:assert/strict';
import type { Page } from 'playwright-core';
import { makePng } from '../../../../actors/testing/pictures.ts';
import { answer } from '../../../../actors/testing/provider/steps.ts';
import { browserTest } from '../../../../engine/testing/chromium.ts';
import { findFaults } from '../../testing/accessibility.ts';
import {
  messageField,
  readEvents,
  startTask,
  taskField,
  waitForCount,
  waitForValue,
} from '../../testing/console-browser.ts';
import { shareAgents } from '../../testing/share-agents.ts';
import { pasteFile } from '../workspace/testing/given-files.ts';

const shared = shareAgents();
const png = makePng(120, 80);
const mebibyte = 1024 ** 2;

const fileOf = (name: string, content: Buffer | string, mimeType = '') => ({
  name,
  mimeType,
  buffer: Buffer.from(content),
});
const plan = (...texts: string[]) => {
  shared.agents.fakeProvider.reset();
  shared.agents.fakeProvider.plan('anthropic', ...texts.map((text) => answer({ text })));
};
const lastAsked = () => JSON.stringify(shared.agents.fakeProvider.answerRequests.at(-1)?.body);
const listOf = (page: Page, what: 'task' | 'message') => page.getByRole('list', { name: `Files of this ${what}` });

browserTest('a pasted image and a chosen file go with the first task: the model sees it, and so does one', async () => {
  plan('A black picture and a table.');
  const page = await shared.browser.signIn('giver');
  await pasteFile(taskField(page), { name: 'image.png', bytes: png, type: 'image/png' });
  await page.getByLabel('Files for the task').setInputFiles(fileOf('data.csv', 'a,b\n', 'text/csv'));
  await listOf(page, 'task').getByText('data.csv').waitFor();
  assert.deepEqual(await findFaults(page), []);
  const sessionId = await startTask(page, 'What is on it?');
  await page.getByText('A black picture and a table.').first().waitFor();
  assert.ok(lastAsked().includes(png.toString('base64')));
  const shown = page.getByRole('list', { name: 'Files of the message' });
  await shown.getByText(/^pasted-[\d-]+\.png$/).waitFor();
  await shown.getByRole('button', { name: 'Show' }).click();
  const picture = shown.getByRole('img', { name: /pasted-/ });
  await picture.waitFor();
  await page.waitForFunction(
    (image) => (image as HTMLImageElement | null)?.naturalWidth === 120,
    await picture.elementHandle(),
  );
  const [task] = (await readEvents(page, sessionId)).filter(({ content }) => content === 'What is on it?');
  assert.ok(task);
  shared.browser.findNoTrouble();
});

browserTest('what is pasted and dropped into the box goes with the message, words or none', async () => {
  plan('Hello.', 'Seen.', 'Seen, too.');
  const page = await shared.browser.signIn('sayer');
  await startTask(page, 'Begin');
  await page.getByText('Hello.').first().waitFor();
  await pasteFile(messageField(page), { name: 'plan.txt', text: 'the plan' });
  await pasteFile(messageField(page), { name: 'plan.txt', text: 'another plan' }, 'drop');
  await pasteFile(messageField(page), { name: 'not-this.txt', text: '' });
  await page.getByRole('button', { name: 'Leave out not-this.txt' }).click();
  assert.deepEqual(await findFaults(page), []);
  await messageField(page).fill('Look at these');
  await messageField(page).press('Enter');
  await page.getByText('Seen.', { exact: true }).first().waitFor();
  await listOf(page, 'message').waitFor({ state: 'detached' });
  const asked = lastAsked();
  assert.equal(asked.match(/[0-9a-f]{8}-plan\.txt/g)?.length, 2);
  assert.ok(!asked.includes('not-this.txt'));
  await page.getByLabel('Files for the message').setInputFiles(fileOf('shot.png', png, 'image/png'));
  await messageField(page).press('Enter');
  await page.getByText('Seen, too.').first().waitFor();
  assert.ok(lastAsked().includes(png.toString('base64')));
  shared.browser.findNoTrouble();
});

browserTest('what is too large or too many is refused when it is given, and why stands beside the box', async () => {
  plan('Hello.', 'Got ten.');
  const page = await shared.browser.signIn('piler');
  const large = fileOf('large.bin', Buffer.alloc(17 * mebibyte));
  const image = fileOf('large.png', Buffer.alloc(4 * mebibyte), 'image/png');
  const refuse = async (what: 'task' | 'message') => {
    const input = page.getByLabel(`Files for the ${what}`);
    await input.setInputFiles(large);
    await page.getByText('large.bin wasn’t added. It holds 17 MiB').waitFor();
    await input.setInputFiles(image);
    await page.getByText('large.png wasn’t added. It holds 4 MiB, and an image may hold 3.75 MiB.').waitFor();
    await input.setInputFiles(Array.from({ length: 11 }, (_, at) => fileOf(`${at}.txt`, `${at}`)));
    await page.getByText('10.txt wasn’t added. At most 10 files come with a message.').waitFor();
    await waitForCount(listOf(page, what).getByRole('listitem'), 10);
    assert.deepEqual(await findFaults(page), []);
  };
  await refuse('task');
  await page.reload();
  await startTask(page, 'Begin');
  await page.getByText('Hello.').first().waitFor();
  await refuse('message');
  await messageField(page).fill('Take it');
  await messageField(page).press('Enter');
  await page.getByText('Got ten.').first().waitFor();
  for (let at = 0; at < 10; at++) assert.ok(lastAsked().includes(`-${at}.txt`));
  shared.browser.findNoTrouble();
});

browserTest('a task and a message whose file the engine refuses stay as they are, with why', async () => {
  plan('Begun.', 'Went on.');
  const page = await shared.browser.signIn('refused');
  const none = fileOf('none.png', 'no image', 'image/png');
  await page.getByLabel('Files for the task').setInputFiles(none);
  await taskField(page).fill('What is on it?');
  await taskField(page).press('Enter');
  await page.getByText(/none\.png: It is said to be image\/png, and its bytes are no image\./).waitFor();
  await waitForValue(taskField(page), 'What is on it?');
  await page.getByRole('button', { name: 'Leave out none.png' }).click();
  await startTask(page, 'What is there?');
  await page.getByText('Begun.').first().waitFor();
  await page.getByLabel('Files for the message').setInputFiles(none);
  await messageField(page).fill('And on this?');
  await messageField(page).press('Enter');
  await page.getByText(/Your message was not sent\. none\.png: It is said to be image\/png/).waitFor();
  await waitForValue(messageField(page), 'And on this?');
  await waitForCount(listOf(page, 'message').getByRole('listitem'), 1);
  await page.getByRole('button', { name: 'Leave out none.png' }).click();
  await messageField(page).press('Enter');
  await page.getByText('Went on.').first().waitFor();
  shared.browser.findNoTrouble();
});

browserTest('a message with files that found no engine stays in the box, and is sent once later', async () => {
  plan('Hello.', 'Got it.');
  const page = await shared.browser.signIn('offline');
  const sessionId = await startTask(page, 'Begin');
  await page.getByText('Hello.').first().waitFor();
  await page.getByLabel('Files for the message').setInputFiles(fileOf('note.txt', 'a note'));
  await messageField(page).fill('Keep this');
  await page.context().setOffline(true);
  await messageField(page).press('Enter');
  await page.getByText(/Your message was not sent\. The engine can’t be reached/).waitFor();
  await waitForValue(messageField(page), 'Keep this');
  await listOf(page, 'message').getByText('note.txt').waitFor();
  await page.context().setOffline(false);
  await messageField(page).press('Enter');
  await page.getByText('Got it.').first().waitFor();
  const said = (await readEvents(page, sessionId)).filter(({ content }) => content === 'Keep this');
  assert.equal(said.length, 1);
});
