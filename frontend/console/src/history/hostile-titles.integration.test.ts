// Titles of others in the names of buttons, in a real browser: what deceives is marked there, too.
import assert from 'node:assert/strict';
import { browserHooks, browserTest } from '../../../../engine/testing/chromium.ts';
import { requireConsole } from '../../../../engine/testing/console.ts';
import { startTestEngine, type TestEngine } from '../../../../engine/testing/engine.ts';
import { developmentEnvironment } from '../../../../engine/testing/sign-in.ts';
import { ConsoleBrowser, startTask } from '../../testing/console-browser.ts';

let engine: TestEngine;
let browser: ConsoleBrowser;
browserHooks.before(async () => {
  await requireConsole();
  engine = await startTestEngine({ environment: developmentEnvironment });
  browser = new ConsoleBrowser(engine);
});
browserHooks.after(async () => {
  await browser?.close();
  await engine.close();
});

browserTest('what a title hides is marked in the names of buttons, on History and among all sessions', async () => {
  const page = await browser.signIn('ada');
  await startTask(page, 'Pay \u202eeve');
  for (const [path, name] of [
    ['/console/history', 'More about Pay ⟨U+202E⟩eve'],
    ['/console/admin?tab=sessions', 'Stop the session of ada: Pay ⟨U+202E⟩eve'],
  ] as const) {
    await page.goto(path);
    await page.getByRole('button', { name }).first().waitFor();
    const labels = await page.locator('[aria-label]').evaluateAll((all) => all.map((one) => one.ariaLabel ?? ''));
    assert.ok(
      labels.every((label) => !label.includes('\u202e')),
      labels.join('\n'),
    );
  }
  browser.findNoTrouble();
});
