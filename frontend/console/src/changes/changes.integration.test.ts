// What an agent has changed in a repository, in a real browser: file by file, both ways, by keyboard, and marked where it deceives.
import assert from 'node:assert/strict';
import type { Page } from 'playwright-core';
import { callsOf } from '../../../../actors/testing/provider/stand-in.ts';
import { answer } from '../../../../actors/testing/provider/steps.ts';
import { gitToken, TestAgents, testIn } from '../../../../engine/testing/agents.ts';
import { browserHooks, browserTest, browserTestIn } from '../../../../engine/testing/chromium.ts';
import { requireConsole } from '../../../../engine/testing/console.ts';
import { startTestEngine } from '../../../../engine/testing/engine.ts';
import { developmentEnvironment } from '../../../../engine/testing/sign-in.ts';
import { findFaults } from '../../testing/accessibility.ts';
import { ConsoleBrowser, type Look, startTask } from '../../testing/console-browser.ts';

const code = Array.from({ length: 60 }, (_, index) => `export const value${index} = ${index};\n`).join('');
const markup = '<img src=x onerror=alert(1)>.md';
const command = [
  "sed -i 's/value7 = 7/seven = 7/' src/app.ts",
  'rm gone.txt',
  "printf 'a\\0b' >data.bin",
  "printf 'user\\xe2\\x80\\xae } /* admin */\\n' >>README.md",
  "head -c 500000 /dev/zero | tr '\\0' x >long.txt",
  `printf '<script>alert(1)</script>' >'${markup}'`,
].join(' && ');

let working: Promise<string> | undefined;
let agents: TestAgents | undefined;
let browser: ConsoleBrowser | undefined;
browserHooks.before(requireConsole);
browserHooks.after(async () => {
  await browser?.close();
  await agents?.close();
});

/** An agent that works in a repository, once for all tests. @returns its session */
async function work(): Promise<string> {
  agents = await TestAgents.open('docker', { environment: developmentEnvironment });
  browser = new ConsoleBrowser(agents.engine);
  agents.git.addRepository('ada/app', { 'src/app.ts': code, 'gone.txt': 'gone\n', 'README.md': '# App\n' });
  const { shell, finish } = callsOf('anthropic');
  agents.fakeProvider.plan('anthropic', answer({ calls: [shell(command)] }), answer({ calls: [finish('Done.')] }));
  const repository = { repoUrl: agents.git.urlOf('ada/app'), gitToken, modelProvider: 'anthropic' };
  const worked = await agents.startClient('Change it', repository);
  await worked.waitForStatus('completed');
  return worked.sessionId;
}

async function openChanges(look?: Look): Promise<{ page: Page; browser: ConsoleBrowser }> {
  working ??= work();
  const sessionId = await working;
  assert.ok(browser);
  const page = await browser.signIn('ada', look);
  await page.goto(`/console/sessions/${sessionId}`);
  await page.getByRole('tab', { name: 'Changes' }).click();
  await fileOf(page, 'app.ts').waitFor();
  return { page, browser };
}

const fileOf = (page: Page, name: string) => page.getByRole('option', { name });

browserTest('without a repository all files are new, and one that is written now is there by itself', async () => {
  const engine = await startTestEngine({ environment: developmentEnvironment });
  const own = new ConsoleBrowser(engine);
  try {
    const page = await own.signIn('ada');
    const sessionId = await startTask(page, 'Write hello world');
    await page.getByText('since the empty folder').waitFor();
    await fileOf(page, 'hello.py').waitFor();
    await page.evaluate(async (id) => {
      const body = JSON.stringify({ session_id: id, path: 'later.txt', content: 'later' });
      await fetch('/api/v1/files/write', { method: 'POST', headers: { 'Content-Type': 'application/json' }, body });
    }, sessionId);
    await fileOf(page, 'later.txt').click();
    await page.locator('.cm-newFile .cm-line', { hasText: 'later' }).waitFor();
    own.findNoTrouble();
  } finally {
    await own.close();
    await engine.close();
  }
});

browserTestIn(testIn.docker, 'a user reads what has changed since the clone, one text or side by side', async () => {
  const { page, browser } = await openChanges();
  await page.getByText('6 files').waitFor();
  await page.getByText(/since commit [0-9a-f]{10}/).waitFor();
  await fileOf(page, 'app.ts').click();
  await page.locator('.cm-deletedChunk', { hasText: 'value7' }).waitFor();
  await page.locator('.cm-insertedLine', { hasText: 'seven = 7' }).waitFor();
  await page.getByRole('button', { name: 'Hide the conversation' }).click();
  await page.locator('.cm-merge-a .cm-changedLine', { hasText: 'value7 = 7' }).waitFor();
  await page.getByRole('button', { name: 'Show lines that are unchanged' }).click();
  await page.locator('.cm-merge-b .cm-line', { hasText: 'value1 = 1;' }).waitFor();
  await page.getByRole('button', { name: 'Show as one text' }).click();
  await page.locator('.cm-deletedChunk').waitFor();
  assert.deepEqual(await findFaults(page), []);
  await page.reload();
  await fileOf(page, 'app.ts').click();
  await page.getByRole('button', { name: 'Hide the conversation' }).click();
  await page.getByRole('button', { name: 'Show side by side' }).waitFor();
  browser.findNoTrouble();
});

browserTestIn(
  testIn.docker,
  'names and lines that deceive are shown as what they are, and nothing of them is run',
  async () => {
    const { page, browser } = await openChanges();
    await fileOf(page, markup).click();
    await page.locator('.cm-line', { hasText: '<script>alert(1)</script>' }).waitFor();
    assert.equal(await page.locator('#main img').count(), 0);
    await fileOf(page, 'README.md').click();
    await page.locator('.cm-specialChar', { hasText: 'U+202E' }).waitFor();
    await fileOf(page, 'long.txt').click();
    await page.getByText('Very long lines are cut.').waitFor();
    await fileOf(page, 'data.bin').click();
    await page.getByText('A binary file').waitFor();
    await fileOf(page, 'gone.txt').click();
    await page.locator('.cm-deletedFile .cm-line', { hasText: 'gone' }).waitFor();
    assert.deepEqual(await findFaults(page), []);
    browser.findNoTrouble();
  },
);

browserTestIn(testIn.docker, 'by keyboard one goes from file to file, filters, and takes the patch away', async () => {
  const { page, browser } = await openChanges();
  await page.getByRole('listbox', { name: 'Changed files' }).focus();
  await page.keyboard.press('Home');
  await page.getByText('1 of 6').waitFor();
  await page.keyboard.press('j');
  await page.getByText('2 of 6').waitFor();
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('k');
  await page.getByText('2 of 6').waitFor();
  await page.getByLabel('Filter by path').fill('SRC app');
  await page.getByText('1 of 1').waitFor();
  const download = page.waitForEvent('download');
  await page.getByRole('link', { name: 'Download patch' }).press('Enter');
  assert.match((await download).suggestedFilename(), /\.(patch|tar\.gz)$/);
  browser.findNoTrouble();
});

browserTestIn(testIn.docker, 'on a phone the list leads to a file and back, in the dark too', async () => {
  const { page, browser } = await openChanges({ scheme: 'dark', width: 360 });
  await fileOf(page, 'app.ts').click();
  await page.locator('.cm-deletedChunk', { hasText: 'value7' }).waitFor();
  assert.deepEqual(await findFaults(page), []);
  assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth));
  await page.getByRole('button', { name: 'All files' }).click();
  await fileOf(page, 'gone.txt').waitFor();
  assert.deepEqual(await findFaults(page), []);
  browser.findNoTrouble();
});
