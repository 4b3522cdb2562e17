// What the console shows of a session's sandbox while a command works in it, in a real browser.
import assert from 'node:assert/strict';
import type { Browser } from 'playwright-core';
import { callsOf } from '../../actors/testing/provider/stand-in.ts';
import { answer } from '../../actors/testing/provider/steps.ts';
import { TestAgents } from '../../engine/testing/agents.ts';
import { browserHooks, browserTest, openBrowser } from '../../engine/testing/chromium.ts';
import { requireConsole } from '../../engine/testing/console.ts';
import { developmentEnvironment } from '../../engine/testing/sign-in.ts';
import { canConfine } from '../../sandbox/testing/confinement-here.ts';

let agents: TestAgents;
let browser: Browser;
const isConfined = await canConfine('the console, of what a sandbox uses');
browserHooks.before(async () => {
  if (!isConfined) return;
  await requireConsole();
  agents = await TestAgents.open('local', { environment: developmentEnvironment });
  browser = await openBrowser();
});
browserHooks.after(async () => {
  await browser?.close();
  await agents?.close();
});

if (isConfined)
  browserTest('what a sandbox uses is drawn while a command works, and each call leads to its place', async () => {
    const { shell, finish } = callsOf('anthropic');
    agents.fakeProvider.plan(
      'anthropic',
      answer({ calls: [shell('echo short')] }),
      answer({ calls: [shell('head -c 3000000 /dev/zero >big; while [ ! -e stop ]; do :; done')] }),
      answer({ calls: [finish('Done.')] }),
    );
    const page = await (await browser.newContext({ viewport: { width: 1_280, height: 900 } })).newPage();
    const problems: string[] = [];
    page.on('console', (message) => message.type() === 'error' && problems.push(message.text()));
    await page.goto(`${agents.engine.http}/console/`);
    await page.getByLabel('Your name').fill('ada');
    await page.keyboard.press('Enter');
    await page.getByLabel('What should the agent do').fill('Burn');
    await page.keyboard.press('Enter');
    await page.waitForURL(/\/console\/sessions\//);
    await page.getByRole('tab', { name: 'Resources' }).click();
    for (const chart of ['Processors at work', 'Memory', 'Workspace', 'Processes'])
      await page.getByRole('img', { name: `${chart} over time` }).waitFor();
    const calls = page.getByRole('region', { name: 'Calls by the time that they took' });
    await calls.getByText('running').waitFor();
    await page.getByRole('region', { name: 'Workspace', exact: true }).getByText('2.9 MB').waitFor();
    await page
      .getByRole('region', { name: 'Processors at work' })
      .getByText(/^(0\.0?[1-9]|[1-9])/)
      .waitFor();
    if (process.env.SCREENSHOTS) await page.screenshot({ path: `${process.env.SCREENSHOTS}/resources.png` });
    await page.keyboard.press('Escape');
    await calls
      .getByText('failed')
      .or(calls.getByText(/min|s$/))
      .first()
      .waitFor();
    await calls.getByRole('link', { name: 'echo short' }).click();
    await page.waitForURL(/\?event=\d+$/);
    assert.deepEqual(problems, []);
  });
