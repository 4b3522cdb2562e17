// The workspace's files in a real browser: hostile names and contents are shown, never run; files come and go both ways.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import type { Page } from 'playwright-core';
import { browserTest } from '../../../../engine/testing/chromium.ts';
import { findFaults } from '../../testing/accessibility.ts';
import { type Look, startTask, waitForFocus } from '../../testing/console-browser.ts';
import { shareConsole } from '../../testing/share-console.ts';
import { pasteFile, writeFiles } from '../workspace/testing/given-files.ts';

const shared = shareConsole();

const png = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';
const markup = '<img src=x onerror=alert(1)>.html';

async function openFiles(
  files: Record<string, string | Buffer>,
  look?: Look,
): Promise<{ page: Page; sessionId: string }> {
  const page = await shared.browser.signIn('ada', look);
  page.on('dialog', (dialog) => assert.fail(dialog.message()));
  const sessionId = await startTask(page, 'Write hello world');
  await writeFiles(page, sessionId, files);
  await page.getByRole('tab', { name: 'Files' }).click();
  await rowOf(page, 'hello.py').waitFor();
  for (const path of Object.keys(files)) await rowOf(page, nameOf(path)).waitFor();
  return { page, sessionId };
}

/** As the tree shows the end of a path. */
const nameOf = (path: string) => path.slice(path.lastIndexOf('/') + 1).replace('\u202e', 'U+202E');
const rowOf = (page: Page, name: string) => page.getByRole('treeitem', { name });
const lineOf = (page: Page, text: string) => page.locator('.cm-line', { hasText: text });

browserTest(
  'names and contents that deceive or could run are shown as text, and only real images as images',
  async () => {
    const svg = '<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"><script>alert(2)</script></svg>';
    const { page } = await openFiles({
      [markup]: '<script>alert(3)</script>',
      'invoice\u202egnp.exe': 'user\u202e } /* \x1b]0;title\x07 */',
      'logo.svg': svg,
      'fake.png': svg,
      'real.dat': Buffer.from(png, 'base64'),
      'data.bin': Buffer.from([0, 1, 2]),
    });
    await rowOf(page, markup).click();
    await lineOf(page, '<script>alert(3)</script>').waitFor();
    await rowOf(page, 'invoiceU+202Egnp.exe').click();
    for (const sign of ['U+202E', 'U+001B', 'U+0007'])
      await page.locator('.cm-specialChar', { hasText: sign }).first().waitFor();
    for (const name of ['logo.svg', 'fake.png']) {
      await rowOf(page, name).click();
      await lineOf(page, '<script>alert(2)').waitFor();
    }
    await rowOf(page, 'data.bin').click();
    await page.getByText('A binary file').waitFor();
    assert.equal(await page.locator('#main img').count(), 0);
    await rowOf(page, 'real.dat').click();
    await page.getByText('1 × 1 pixels').waitFor();
    const image = page.getByRole('img', { name: 'real.dat' });
    await image.waitFor();
    assert.match((await image.getAttribute('src')) ?? '', /^blob:/);
    assert.deepEqual(await findFaults(page), []);
    shared.browser.findNoTrouble();
  },
);

browserTest('a large file is read part by part, and a line that is as long holds nothing up', async () => {
  const { page } = await openFiles({
    'lines.txt': Array.from({ length: 45_000 }, (_, index) => `line ${index + 1} of many\n`).join(''),
    'long.txt': 'ü'.repeat(500_000),
  });
  await rowOf(page, 'lines.txt').click();
  await page.getByText('part 1 of 2').waitFor();
  await lineOf(page, 'line 1 of many').first().waitFor();
  await page.getByRole('button', { name: 'The next part' }).click();
  await page.getByText('part 2 of 2').waitFor();
  await lineOf(page, 'of many').first().waitFor();
  await rowOf(page, 'long.txt').click();
  await page.getByText('part 1 of 2').waitFor();
  await lineOf(page, 'üüü').first().waitFor();
  await page.getByRole('button', { name: 'The next part' }).click();
  await page.getByText('part 2 of 2').waitFor();
  await lineOf(page, 'üüü').first().waitFor();
  shared.browser.findNoTrouble();
});

browserTest('the tree is walked by keyboard, and a file is read and left by it', async () => {
  const { page } = await openFiles({ 'src/deep/one.txt': 'one', 'src/two.txt': 'two', 'zebra.txt': 'zebra' });
  await page.getByRole('tree', { name: 'Files' }).focus();
  await page.keyboard.press('End');
  await page.keyboard.press('Enter');
  await lineOf(page, 'zebra').waitFor();
  await page.keyboard.press('Home');
  await page.keyboard.press('s');
  await page.keyboard.press('ArrowLeft');
  await rowOf(page, 'two.txt').waitFor({ state: 'detached' });
  await page.keyboard.press('ArrowRight');
  await rowOf(page, 'two.txt').waitFor();
  await page.keyboard.press('t');
  await page.keyboard.press('Enter');
  await lineOf(page, 'two').waitFor();
  await page.getByRole('treeitem', { name: 'two.txt', selected: true }).waitFor();
  await page.getByRole('button', { name: 'Download this file' }).focus();
  await page.keyboard.press('Tab');
  await waitForFocus(page.getByLabel(/^Content of/));
  shared.browser.findNoTrouble();
});

browserTest('files are given by button, paste and drop, replaced when one says so, and refused in words', async () => {
  const { page, sessionId } = await openFiles({ 'there.txt': 'before' });
  const readBack = (path: string) =>
    page.evaluate(
      async ([id = '', at = '']) =>
        ((await (await fetch(`/api/v1/files/read?session_id=${id}&path=${at}`)).json()) as { content: string }).content,
      [sessionId, path],
    );
  const input = page.getByLabel('Files to upload');
  await input.setInputFiles({ name: markup, mimeType: 'text/html', buffer: Buffer.from('given') });
  await rowOf(page, markup).waitFor();
  await page.getByText('1 of 1 done').waitFor();
  await pasteFile(page.getByRole('tree', { name: 'Files' }), { name: 'image.png', text: 'pasted' });
  await rowOf(page, 'pasted-').waitFor();
  await pasteFile(rowOf(page, 'project'), { name: 'dropped.txt', text: 'dropped' }, 'drop');
  await page.getByText('3 of 3 done').waitFor();
  assert.equal(await readBack('/workspace/project/dropped.txt'), 'dropped');
  const there = { name: 'there.txt', mimeType: 'text/plain', buffer: Buffer.from('after') };
  await input.setInputFiles(there);
  await page.getByRole('button', { name: 'Keep what is there' }).click();
  assert.equal(await readBack('/workspace/there.txt'), 'before');
  await input.setInputFiles(there);
  await page.getByRole('button', { name: 'Replace' }).click();
  await page.getByText('4 of 4 done').waitFor();
  assert.equal(await readBack('/workspace/there.txt'), 'after');
  await input.setInputFiles({ name: 'large', mimeType: '', buffer: Buffer.alloc(11 * 1024 * 1024) });
  await page.getByText(/refused: It holds 11.0 MB/).waitFor();
  await page.getByText('4 of 5 done, 1 refused').waitFor();
  assert.deepEqual(await findFaults(page), []);
  shared.browser.findNoTrouble();
});

browserTest('a file is saved with the bytes that it has, and what changes in it is shown by itself', async () => {
  const { page, sessionId } = await openFiles({ 'notes.txt': 'first', 'all.bin': Buffer.from([0, 255, 10, 13]) });
  await rowOf(page, 'all.bin').click();
  const download = page.waitForEvent('download');
  await page.getByRole('button', { name: 'Download this file' }).click();
  const saved = await download;
  assert.equal(saved.suggestedFilename(), 'all.bin');
  assert.deepEqual([...(await readFile(await saved.path()))], [0, 255, 10, 13]);
  await rowOf(page, 'notes.txt').click();
  await lineOf(page, 'first').waitFor();
  await writeFiles(page, sessionId, { 'notes.txt': 'first\nsecond' });
  await lineOf(page, 'second').waitFor();
  shared.browser.findNoTrouble();
});

browserTest('on a phone the tree leads to a file and back, and a session that has ended says so', async () => {
  const { page, sessionId } = await openFiles({}, { scheme: 'dark', width: 360 });
  assert.deepEqual(await findFaults(page), []);
  await rowOf(page, 'hello.py').click();
  await lineOf(page, 'print').waitFor();
  assert.deepEqual(await findFaults(page), []);
  assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth));
  await page.getByRole('button', { name: 'All files' }).press('Enter');
  await rowOf(page, 'hello.py').waitFor();
  await waitForFocus(page.getByRole('tree', { name: 'Files' }));
  await page.evaluate((id) => fetch(`/api/v1/sessions/${id}`, { method: 'DELETE' }), sessionId);
  await page.getByText('The session has ended, and its workspace is gone').waitFor();
  shared.browser.findNoTrouble();
});
