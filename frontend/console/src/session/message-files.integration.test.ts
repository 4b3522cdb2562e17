// Files that go with a message, in a real browser: pasted or dropped, uploaded when it is sent, named in it.
import assert from 'node:assert/strict';
import { browserTest } from '../../../../engine/testing/chromium.ts';
import { findFaults } from '../../testing/accessibility.ts';
import { messageField, startTask, waitForValue } from '../../testing/console-browser.ts';
import { shareConsole } from '../../testing/share-console.ts';
import { pasteFile } from '../workspace/testing/given-files.ts';

const shared = shareConsole();

browserTest('files that are pasted and dropped go with the message, which names where they are', async () => {
  const page = await shared.browser.signIn('ada');
  const sessionId = await startTask(page, 'Write hello world');
  await pasteFile(messageField(page), { name: 'plan.txt', text: 'the plan' });
  await pasteFile(messageField(page), { name: 'plan.txt', text: 'another plan' }, 'drop');
  await pasteFile(messageField(page), { name: 'not-this.txt', text: '' });
  await page.getByRole('button', { name: 'Leave out not-this.txt' }).click();
  assert.deepEqual(await findFaults(page), []);
  await messageField(page).fill('Look at these');
  await messageField(page).press('Enter');
  const said = page.getByText('- /workspace/uploads/plan-2.txt').first();
  await said.waitFor();
  await page.getByText('- /workspace/uploads/plan.txt').first().waitFor();
  await page.getByRole('list', { name: 'Files of this message' }).waitFor({ state: 'detached' });
  const url = `/api/v1/files/read?session_id=${sessionId}&path=uploads/plan-2.txt`;
  assert.deepEqual(await page.evaluate(async (path) => (await fetch(path)).json(), url), { content: 'another plan' });
  shared.browser.findNoTrouble();
});

browserTest('a file that is refused leaves the message and its files where they are', async () => {
  const page = await shared.browser.signIn('ada');
  await startTask(page, 'Write hello world');
  const files = page.getByLabel('Files for the message');
  await files.setInputFiles({ name: 'large', mimeType: '', buffer: Buffer.alloc(11 * 1024 * 1024) });
  await page.getByText(/large can’t go with the message: It holds 11.0 MB/).waitFor();
  await files.setInputFiles({ name: 'small', mimeType: '', buffer: Buffer.from('abc') });
  await messageField(page).fill('Take it');
  await messageField(page).press('Enter');
  await page
    .getByText(/Your message was not sent: large is too large/)
    .first()
    .waitFor();
  await waitForValue(messageField(page), 'Take it');
  await page.getByText('refused').waitFor();
  await page.getByText('3 B').waitFor(); // It was not uploaded either.
  await page.getByRole('button', { name: 'Leave out large' }).click();
  await messageField(page).press('Enter');
  await page.getByText('- /workspace/uploads/small').first().waitFor();
  shared.browser.findNoTrouble();
});

browserTest('what one was writing is there again after a reload, and gone once it is sent', async () => {
  const page = await shared.browser.signIn('ada');
  await startTask(page, 'Write hello world');
  await messageField(page).fill('Half a sen');
  await page.reload();
  await waitForValue(messageField(page), 'Half a sen');
  await messageField(page).fill('A sentence');
  await messageField(page).press('Enter');
  await page.getByText('A sentence').first().waitFor();
  await page.reload();
  await waitForValue(messageField(page), '');
  shared.browser.findNoTrouble();
});
