// Titles of others in the names of buttons, in a real browser: what deceives is marked there, too.
import assert from 'node:assert/strict';
import { browserTest } from '../../../../engine/testing/chromium.ts';
import { startTask } from '../../testing/console-browser.ts';
import { shareConsole } from '../../testing/share-console.ts';

const shared = shareConsole();

browserTest('what a title hides is marked in the names of buttons, on History and among all sessions', async () => {
  const page = await shared.browser.signIn('ada');
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
  shared.browser.findNoTrouble();
});
