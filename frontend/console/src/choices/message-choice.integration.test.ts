// A model and limits that are chosen for one message, in a real browser and to a played model.
import assert from 'node:assert/strict';
import { answer } from '../../../../actors/testing/provider/steps.ts';
import { browserTest } from '../../../../engine/testing/chromium.ts';
import { waitUntilHolds } from '../../../../engine/testing/rest.ts';
import { findFaults } from '../../testing/accessibility.ts';
import { findOverflow, messageField, narrow, startTask, waitForValue } from '../../testing/console-browser.ts';
import { shareAgents } from '../../testing/share-agents.ts';

const shared = shareAgents();
const modelOfLast = (): unknown => Object(shared.agents.fakeProvider.answerRequests.at(-1)?.body).model;
const plan = (...texts: string[]) => {
  shared.agents.fakeProvider.reset();
  shared.agents.fakeProvider.plan('anthropic', ...texts.map((text) => answer({ text })));
};
const opener = { name: 'Model and limits of this message' };

browserTest('a model is chosen for one message alone, and the next has the one of the session again', async () => {
  plan('Hello.', 'By another.', 'By the first.');
  const page = await shared.browser.signIn('chooser');
  await startTask(page, 'Begin');
  await page.getByText('Hello.').first().waitFor();
  const own = modelOfLast();
  await page.getByRole('button', opener).click();
  const choices = page.getByRole('region', { name: 'Choices for this message' });
  await choices.getByLabel('Model').selectOption('anthropic/claude-haiku-5-5');
  await choices.getByLabel('Effort').selectOption('low');
  await choices.getByLabel('Steps at most').fill('7');
  assert.deepEqual(await findFaults(page), []);
  await page.getByRole('button', opener).click();
  await page.getByText('For this message: claude-haiku-5-5 · low effort · 7 steps at most').waitFor();
  await messageField(page).fill('Do it cheaply');
  await messageField(page).press('Enter');
  await page.getByText('By another.').first().waitFor();
  assert.deepEqual([own === modelOfLast(), modelOfLast()], [false, 'claude-haiku-5-5']);
  await page.getByText('For this message').waitFor({ state: 'detached' });
  await messageField(page).fill('And again');
  await messageField(page).press('Enter');
  await page.getByText('By the first.').first().waitFor();
  assert.equal(modelOfLast(), own);
  shared.browser.findNoTrouble();
});

browserTest('a choice that can’t be had is refused beside the box, and everything stays as it was typed', async () => {
  plan('Hello.', 'Now so.');
  const page = await shared.browser.signIn('mistaken', narrow);
  await startTask(page, 'Begin');
  await page.getByText('Hello.').first().waitFor();
  await page.getByRole('button', opener).click();
  const choices = page.getByRole('region', { name: 'Choices for this message' });
  await choices.getByLabel('Budget of the turn in US dollars').fill('0');
  await choices.getByLabel('Steps at most').fill('1');
  await page.getByRole('button', { name: 'Send (Enter)' }).waitFor();
  await waitUntilHolds(async () => assert.equal(await findOverflow(page), 0));
  await messageField(page).fill('Go on');
  await messageField(page).press('Enter');
  await page.getByText(/Your message was not sent\. .*budgetUsd/).waitFor();
  await waitForValue(messageField(page), 'Go on');
  await page.getByText('For this message: $0 at most · 1 step at most').waitFor();
  await page.getByRole('button', { name: 'As the session has it' }).click();
  await messageField(page).press('Enter');
  await page.getByText('Now so.').first().waitFor();
  shared.browser.findNoTrouble();
});
