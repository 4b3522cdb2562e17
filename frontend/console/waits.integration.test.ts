// What the agent waits for is answered in the page, by a person who reads what a call would do.
import assert from 'node:assert/strict';
import { callsOf } from '../../actors/testing/provider/stand-in.ts';
import { answer } from '../../actors/testing/provider/steps.ts';
import { browserTest } from '../../engine/testing/chromium.ts';
import { findFaults } from './testing/accessibility.ts';
import { startTask } from './testing/console-browser.ts';
import { shareAgents } from './testing/share-agents.ts';

const { shell, finish } = callsOf('anthropic');
const ask = (input: object) => ({ id: 'toolu_ask', name: 'ask_user', input });
const write = (path: string, content: string) => ({ id: `toolu_${path}`, name: 'write', input: { path, content } });

const shared = shareAgents();

browserTest('a question is answered with one of its options, by keyboard, and the agent goes on', async () => {
  shared.agents.fakeProvider.plan(
    'anthropic',
    answer({ calls: [ask({ question: 'Which <b>base</b>?', options: ['PostgreSQL', 'SQLite'] })] }),
    answer({ calls: [finish('Built with it.')] }),
  );
  const page = await shared.browser.signIn('asked');
  await startTask(page, 'Choose one');
  const waits = page.getByRole('region', { name: 'The agent waits for you' });
  await waits.getByText('Which <b>base</b>?').waitFor();
  assert.deepEqual(await findFaults(page), []);
  await waits.getByRole('button', { name: 'SQLite' }).press('Enter');
  await page.getByText('Built with it.').waitFor();
  await waits.waitFor({ state: 'detached' });
  shared.browser.findNoTrouble();
});

browserTest('a command is changed before it is allowed, and another denied with words', async () => {
  shared.agents.fakeProvider.plan(
    'anthropic',
    answer({ calls: [shell('echo one > made')] }),
    answer({ calls: [shell('rm made')] }),
    answer({ calls: [finish('So be it.')] }),
  );
  const page = await shared.browser.signIn('allower');
  await page.getByRole('button', { name: 'Options' }).click();
  await page.getByLabel('When to ask me').selectOption('ask');
  await startTask(page, 'Make it');
  const waits = page.getByRole('region', { name: 'The agent waits for you' });
  await waits.getByLabel('What it would run').fill('echo two > made; cat made');
  await waits.getByRole('button', { name: 'Allow', exact: true }).click();
  await page.getByText('two', { exact: true }).first().waitFor();
  await waits.getByText('rm made').first().waitFor();
  await waits.getByPlaceholder('Words for the agent').fill('Keep it.');
  await waits.getByRole('button', { name: 'Deny' }).click();
  await page.getByText('So be it.').waitFor();
  assert.ok(JSON.stringify(shared.agents.fakeProvider.answerRequests.at(-1)).includes('Keep it.'));
  shared.browser.findNoTrouble();
});

browserTest('of three calls that wait each is decided in turn, and says what it would do until it has', async () => {
  shared.agents.fakeProvider.plan(
    'anthropic',
    answer({ calls: [write('one.txt', 'one'), shell('touch two'), write('three.txt', 'three')] }),
    answer({ calls: [finish('All decided.')] }),
  );
  const page = await shared.browser.signIn('decider');
  await page.getByRole('button', { name: 'Options' }).click();
  await page.getByLabel('When to ask me').selectOption('ask');
  await startTask(page, 'Make three');
  const waits = page.getByRole('region', { name: 'The agent waits for you' });
  const cards = waits.getByRole('listitem');
  await cards.nth(2).waitFor();
  await page.getByText('Write one.txt').or(page.getByText('Write /workspace/one.txt')).first().waitFor();
  assert.deepEqual(await findFaults(page), []);
  await cards.nth(1).getByText('For this session, too: command touch').waitFor();
  await cards.first().getByRole('button', { name: 'Deny' }).click();
  await cards.nth(2).waitFor({ state: 'detached' });
  await cards.first().getByLabel('What it would run').and(page.getByText('touch two')).waitFor();
  await cards.first().getByRole('button', { name: 'Allow', exact: true }).click();
  await cards.nth(1).waitFor({ state: 'detached' });
  await cards.first().getByRole('button', { name: 'Allow', exact: true }).click();
  await page.getByText('All decided.').waitFor();
  await waits.waitFor({ state: 'detached' });
  await page.getByText(/^Wrote \/workspace\/three.txt/).waitFor();
  shared.browser.findNoTrouble();
});
