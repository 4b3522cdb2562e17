// Fetching: which addresses are asked for, and what is said of pages that can't be had.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MemorySandbox } from '../../sandbox/memory/memory-sandbox.ts';
import type { RunOptions, RunResult } from '../../sandbox/sandbox.ts';
import { type Outcome, succeeded } from '../../schema/error.ts';
import { makeCallGate } from '../session/call-gate.ts';
import { callOf, observeCall, runCall } from '../testing/tool-calls.ts';
import { prepareCall } from './prepare-call.ts';
import { everyTool } from './tool-set.ts';

/** A sandbox that gives the same page to whoever asks. */
class PageSandbox extends MemorySandbox {
  override readonly kind = 'docker' as unknown as 'memory';
  readonly asked: string[] = [];
  readonly #printed: Buffer;
  readonly #end: RunResult;

  constructor(
    head: string[],
    body: Buffer | string = '',
    end: RunResult = { kind: 'exited', output: '', exitCode: 0 },
  ) {
    super();
    this.#printed = Buffer.concat([Buffer.from(`${head.join('\n')}\0`), Buffer.from(body)]);
    this.#end = end;
  }

  override async run(command: string, { onOutput, isSeparate }: RunOptions): Promise<Outcome<RunResult>> {
    assert.ok(isSeparate);
    this.asked.push(command);
    onOutput?.(this.#printed);
    return succeeded(this.#end);
  }
}

const page = (body: Buffer | string, type = 'text/html', status = '200', code = '0', error = '') =>
  new PageSandbox([status, type, '', code, error], body);

const said = async (sandbox: MemorySandbox, url = 'https://example.com/') =>
  (await observeCall('fetch', { url }, sandbox)).content;

test('a page comes as Markdown under its own events, and JSON as it is', async () => {
  const call = callOf('fetch', { url: 'example.com/#part' });
  const { action, observation } = await runCall(call, page('<h1>Hi</h1>'));
  assert.deepEqual([action.eventType, action.metadata.url], ['FetchAction', 'https://example.com/#part']);
  assert.deepEqual(observation, {
    eventType: 'FetchObservation',
    content: '# Hi\n',
    metadata: { url: 'https://example.com/', toolCallId: 'call-1' },
  });
  assert.equal(await said(page('{}', 'application/json')), '{}');
});

test('what is missing, too large or no text says so', async () => {
  assert.equal(await said(page('<p>None', 'text/html', '404')), '[HTTP status 404]\nNone\n');
  assert.match(await said(page('x', 'text/plain', '200', '23')), /^\[Only the first 1 bytes were read\.\]\nx$/);
  assert.match(
    await said(page('\x89PNG', 'image/png')),
    /^\[It is image\/png, 5 bytes\. Save it in the shell with curl\.\]/,
  );
  assert.equal(
    await said(page('', '', '000', '6', 'curl: (6) Could not resolve host')),
    'The page could not be fetched. curl: (6) Could not resolve host',
  );
  const end: RunResult = { kind: 'exited', output: 'no curl\n', exitCode: 127 };
  assert.equal(await said(new PageSandbox([], '', end)), 'There is no curl here to fetch with.');
  const late: RunResult = { kind: 'timedOut', output: '', limitMs: 1 };
  assert.equal(await said(new PageSandbox([], '', late)), 'The page did not come in time.');
  assert.equal(await said(new PageSandbox(['x'.repeat(10_000)])), 'The page could not be fetched.');
  assert.equal(await said(new MemorySandbox()), 'There is no network here.');
});

test('a redirect to another host is told and not followed, and one that goes on for ever ends', async () => {
  const leading = (to: string) => new PageSandbox(['302', '', to, '0', '']);
  assert.equal(
    await said(leading('https://other.example/x')),
    'It leads to another host: fetch https://other.example/x',
  );
  assert.equal(
    await said(leading('file:///etc/passwd')),
    'It leads to file:///etc/passwd. Only http and https can be fetched.',
  );
  const round = leading('https://example.com/round');
  assert.equal(await said(round), 'It leads on more than 5 times.');
  assert.equal(round.asked.length, 6);
});

test('what is no URL of http or https, or holds a password, is not asked for', async () => {
  const sandbox = page('');
  for (const [url, why] of [
    ['file:///etc/passwd', /^Only http and https/],
    ['gopher://example.com', /^Only http and https/],
    ['https://ada:secret@example.com', /password/],
    ['https://', /no URL/],
    [`https://example.com/${'x'.repeat(3_000)}`, /no URL/],
  ] as const)
    assert.match(await said(sandbox, url), why);
  assert.deepEqual(sandbox.asked, []);
});

test('nothing in a URL is run', async () => {
  const sandbox = page('');
  await said(sandbox, "https://example.com/'; touch /tmp/no; '$(id)`id`?-o=/etc/passwd");
  assert.match(sandbox.asked[0] ?? '', /--url 'https:\/\/example\.com\/'\\''; ?(%20)?touch/);
});

test('a policy’s rule about a host fits a fetch, whether or not its URL says how', () => {
  const gate = makeCallGate({
    policy: { mode: 'auto', rules: [{ host: 'evil.example', decision: 'deny' }] },
    said: { isPlanAllowed: false, allowed: new Set() },
    events: [],
    getRoot: () => '/workspace',
    now: () => 0,
  });
  for (const [url, decision] of [
    ['https://evil.example/', 'deny'],
    ['evil.example', 'deny'],
    ['EVIL.example/x?y', 'deny'],
    ['https://good.example/', 'allow'],
  ] as const) {
    const call = callOf('fetch', { url });
    assert.equal(gate.decide(call, prepareCall(call, everyTool), []).decision, decision, url);
  }
});
