// The timeline beside a real engine: an answer is seen while it is written, output while it is printed, and all of it later.
import assert from 'node:assert/strict';
import type { Browser, Page } from 'playwright-core';
import { callsOf, standInOf } from '../../../../actors/testing/provider/stand-in.ts';
import { answer, failure, type Step } from '../../../../actors/testing/provider/steps.ts';
import { TestAgents } from '../../../../engine/testing/agents.ts';
import { browserHooks, browserTest, openBrowser } from '../../../../engine/testing/chromium.ts';
import { signTestToken } from '../../../../engine/testing/engine.ts';
import { waitUntilHolds } from '../../../../engine/testing/rest.ts';
import { canConfine } from '../../../../sandbox/testing/confinement-here.ts';
import { waitForCount } from '../../testing/console-browser.ts';
import { hostileMarkdown, hostileOutput } from './testing/hostile-events.ts';
import { origin, TimelinePages } from './testing/timeline-page.ts';

const { shell, finish } = callsOf('anthropic');

let browser: Browser;
let pages: TimelinePages;
let agents: TestAgents;
browserHooks.before(async () => {
  browser = await openBrowser();
  pages = await TimelinePages.open(browser);
  agents = await TestAgents.open('local', { environment: { ALLOWED_ORIGINS: origin } });
});
browserHooks.after(async () => {
  await browser?.close();
  await agents?.close();
});

/** Writes the beginning of an answer, and its end when it is told to. */
function answerInTwo(text: string[]): { step: Step; goOn(): void } {
  const gate = Promise.withResolvers<void>();
  const step: Step = async ({ response, wire }) => {
    const events = wire.answer({ text });
    const half = events.findIndex((event) => event.includes(JSON.stringify(text[1] ?? '').slice(1, -1)));
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    for (const event of events.slice(0, half)) response.write(event);
    await gate.promise;
    for (const event of events.slice(half)) response.write(event);
    response.end();
  };
  return { step, goOn: gate.resolve };
}

/** A session that is followed in a page when its second turn begins, in which these answers come. */
async function follow(steps: Step[]): Promise<{ page: Page; strangers: string[]; sessionId: string }> {
  agents.fakeProvider.reset();
  agents.fakeProvider.plan('anthropic', answer({ text: 'Ready.' }));
  const { http } = agents.engine;
  const { page, strangers } = await pages.openPage({}, http);
  const token = await signTestToken('ada');
  const ask = async (path: string, body: object): Promise<{ sessionId: string }> => {
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
    const answered = await fetch(`${http}/api/v1${path}`, { method: 'POST', headers, body: JSON.stringify(body) });
    assert.ok(answered.ok);
    return (await answered.json()) as { sessionId: string };
  };
  const { sessionId } = await ask('/sessions', { task: 'Begin', autoStart: true, modelProvider: 'anthropic' });
  await page.evaluate(([url, asToken, id]) => onPage.follow(url, asToken, id), [http, token, sessionId] as const);
  await page.getByText('Turn finished').waitFor();
  agents.fakeProvider.plan('anthropic', ...steps);
  await ask(`/sessions/${sessionId}/messages`, { content: 'Go on' });
  return { page, strangers, sessionId };
}

const waitUntilDone = (page: Page) => page.getByText('Turn finished').nth(1).waitFor();

browserTest('an answer is seen while it is written, and once when it is done, however long', async () => {
  const { step, goOn } = answerInTwo(['The **first** half', `, the second half, ${'and more '.repeat(500)}the end.`]);
  const { page } = await follow([step]);
  await page.getByText('first', { exact: true }).waitFor();
  goOn();
  await waitUntilDone(page);
  await page.getByText(/the end\.$/).waitFor();
  await waitForCount(page.getByText('The first half'), 1);
  await page.context().close();
});

browserTest('what a command prints is seen while it runs, and its end with its exit code', async () => {
  if (!(await canConfine('output that is seen while it is printed'))) return;
  const command = 'echo first line; until test -e go; do sleep 0.1; done; echo second line; exit 3';
  const { page, sessionId } = await follow([
    answer({ calls: [shell(command)] }),
    answer({ calls: [finish('All done.')] }),
  ]);
  await page.getByRole('group', { name: 'Output so far' }).getByText('first line').waitFor();
  await page.getByText('running', { exact: true }).waitFor();
  await agents.touchFile({ sessionId } as Parameters<TestAgents['touchFile']>[0], 'go');
  await page.getByText('exit 3', { exact: true }).waitFor();
  const output = page.getByRole('group', { name: 'Output of the command' });
  await waitUntilHolds(async () => assert.equal(await output.textContent(), 'first line\nsecond line'));
  await page.getByText('All done.').waitFor();
  await page.context().close();
});

browserTest('a provider that fails is told of while it is asked again', async () => {
  const { step, goOn } = answerInTwo(['Half of ', 'the answer.']);
  const overloaded = failure(standInOf('anthropic').overloadedStatus, { retryAfter: '10' });
  const { page } = await follow([overloaded, step]);
  await page.getByText(/provider failed \(.*\)\. It is asked again in .* s\./).waitFor();
  goOn();
  await page.getByText('Half of the answer.').waitFor();
  await page.context().close();
});

browserTest('the whole of an output that was cut for the wire is there when one asks', async () => {
  if (!(await canConfine('the whole of a long output'))) return;
  const { page } = await follow([answer({ calls: [shell('seq 1 5000')] }), answer({ calls: [finish('Done.')] })]);
  await page.getByText('exit 0', { exact: true }).waitFor();
  await page.getByRole('button', { name: 'Show the rest' }).click();
  await page.getByRole('group', { name: 'Output of the command, its end' }).getByText(/5000$/).waitFor();
  await page.context().close();
});

browserTest('what a hostile agent says and prints, through the real engine, runs and fetches nothing', async () => {
  if (!(await canConfine('hostile output of commands'))) return;
  const printing = `printf '%s' '${Buffer.from(hostileOutput.replaceAll('\0', '')).toString('base64')}' | base64 -d`;
  const { page, strangers } = await follow([
    answer({ thoughts: [{ text: hostileMarkdown, signature: 's' }], text: hostileMarkdown, calls: [shell(printing)] }),
    answer({ calls: [finish(hostileMarkdown)] }),
  ]);
  await waitUntilDone(page);
  const found = await page.evaluate(() => ({
    isTaken: 'isTaken' in globalThis,
    unsafe: document.querySelectorAll('article :is(script, img, iframe, form, input, style, object, embed)').length,
    title: document.title,
  }));
  assert.deepEqual(found, { isTaken: false, unsafe: 0, title: 'A timeline' });
  assert.deepEqual(strangers, []);
  await page.context().close();
});
