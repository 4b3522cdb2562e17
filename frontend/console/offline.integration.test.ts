// A page without its engine stays where it is, loses nothing that was written, and one that signs out ends in every tab.
import assert from 'node:assert/strict';
import { browserTest } from '../../engine/testing/chromium.ts';
import { messageField, narrow, startTask } from './testing/console-browser.ts';
import { shareConsole } from './testing/share-console.ts';

const shared = shareConsole();

browserTest('a part that can not be loaded says so in its place, and comes once it is asked for again', async () => {
  const page = await shared.browser.signIn('ada');
  await startTask(page, 'Write hello world');
  await page.getByText('Turn finished').waitFor();
  await messageField(page).fill('Not sent yet');
  await page.context().setOffline(true);
  await page.getByRole('tab', { name: 'Files' }).click();
  await page.getByText('This part could not be loaded').waitFor();
  assert.equal(await messageField(page).inputValue(), 'Not sent yet');
  await page.context().setOffline(false);
  await page.getByRole('button', { name: 'Try again' }).click();
  await page.getByRole('treeitem', { name: /project/ }).waitFor();
  assert.equal(await messageField(page).inputValue(), 'Not sent yet');
  shared.browser.findNoTrouble();
  await page.context().close();
});

browserTest('who signs out in one tab is signed out in the other, which shows nothing any more', async () => {
  const page = await shared.browser.signIn('bea');
  await startTask(page, 'Write hello world');
  await page.getByText('Turn finished').waitFor();
  const other = await shared.browser.watch(await page.context().newPage(), '/console/');
  await other.getByRole('button', { name: 'Signed in as bea' }).click();
  await other.getByRole('menuitem', { name: 'Sign out' }).click();
  await page.getByLabel('Your name').waitFor();
  await page.getByText('Turn finished').waitFor({ state: 'detached' });
  shared.browser.findNoTrouble();
  await page.context().close();
});

browserTest('on a phone one comes back from a tab of a session by the browser’s own way back', async () => {
  const page = await shared.browser.signIn('cleo', narrow);
  await startTask(page, 'Write hello world');
  await page.getByText('Turn finished').waitFor();
  await page.getByRole('tab', { name: 'Changes' }).click();
  await page.getByRole('tab', { name: 'Changes', selected: true }).waitFor();
  await page.goBack();
  await page.getByRole('tab', { name: 'Conversation', selected: true }).waitFor();
  await page.context().close();
});
