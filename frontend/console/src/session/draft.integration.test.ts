// What one is writing to a session, in a real browser.
import { browserTest } from '../../../../engine/testing/chromium.ts';
import { messageField, startTask, waitForValue } from '../../testing/console-browser.ts';
import { shareConsole } from '../../testing/share-console.ts';

const shared = shareConsole();

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
