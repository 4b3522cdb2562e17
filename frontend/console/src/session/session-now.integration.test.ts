// A watcher sees what the agent plans, whom it gave work, and how full its context is, also on a narrow screen.
import assert from 'node:assert/strict';
import { callsOf } from '../../../../actors/testing/provider/stand-in.ts';
import { answer } from '../../../../actors/testing/provider/steps.ts';
import { browserTest } from '../../../../engine/testing/chromium.ts';
import { waitUntilHolds } from '../../../../engine/testing/rest.ts';
import { findFaults } from '../../testing/accessibility.ts';
import { findOverflow, startTask } from '../../testing/console-browser.ts';
import { shareAgents } from '../../testing/share-agents.ts';

const { shell, finish } = callsOf('anthropic');
const plan = (items: object[]) => ({ id: 'toolu_plan', name: 'plan', input: { items } });
const delegate = (task: string) => ({ id: 'toolu_delegate', name: 'delegate', input: { task, mayChange: true } });

const shared = shareAgents();

browserTest(
  'a plan, a sub-agent’s work and the share of the context are seen, and the rest is a press away',
  async () => {
    shared.agents.fakeProvider.plan(
      'anthropic',
      answer({
        calls: [
          plan([
            { text: 'Find <b>it</b>', state: 'done' },
            { text: 'Mend it', state: 'inProgress' },
          ]),
        ],
      }),
      answer({ calls: [delegate('Look at the tests')] }),
      answer({ calls: [shell('echo nested work')] }),
      answer({ calls: [finish('All tests are old.')] }),
      answer({ calls: [finish('Mended.')] }),
    );
    const page = await shared.browser.signIn('watcher');
    await startTask(page, 'Mend it all');
    await page.getByText('Mended.').waitFor();
    const feed = page.getByRole('feed');
    await feed.getByText('All tests are old.').waitFor();
    assert.equal(await feed.getByText('echo nested work').count(), 0);
    await feed.getByRole('button', { name: /Sub-agent · .*Look at the tests/ }).click();
    await feed.getByText('echo nested work', { exact: true }).waitFor();
    assert.equal(await feed.getByText('All tests are old.').count(), 1);
    const panel = page.getByRole('region', { name: 'The agent’s plan' });
    await panel.getByRole('button', { name: 'Plan, 1 of 2 done: Mend it' }).click();
    await panel.getByText('Find <b>it</b>').waitFor();
    await page.getByRole('button', { name: /% of context/ }).click();
    await page
      .getByRole('dialog', { name: 'How the session stands' })
      .getByText(/3 steps, 75 tokens/)
      .waitFor();
    assert.deepEqual(await findFaults(page), []);
    await page.keyboard.press('Escape');
    await page.setViewportSize({ width: 360, height: 740 });
    await page.getByRole('button', { name: /% of context/ }).waitFor();
    await waitUntilHolds(async () => assert.ok((await findOverflow(page)) <= 0));
    shared.browser.findNoTrouble();
  },
);
