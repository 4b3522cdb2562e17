// A session's servers in its sandbox: good ones become tools, and no hostile one does more than fail in its own words.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { after, before, describe, test } from 'node:test';
import { promisify } from 'node:util';
import { waitUntilHolds } from '../../engine/testing/rest.ts';
import { LocalSource } from '../../sandbox/local/local-source.ts';
import { MemorySandbox } from '../../sandbox/memory/memory-sandbox.ts';
import type { Sandbox } from '../../sandbox/sandbox.ts';
import { openConfinementHere } from '../../sandbox/testing/confinement-here.ts';
import { dockerDescribe, TestSandboxes } from '../../sandbox/testing/docker-sandboxes.ts';
import { requestOf } from '../../sandbox/testing/sandbox-request.ts';
import type { OperatorMcpServer } from '../../schema/mcp.ts';
import { prepareCall } from '../tools/prepare-call.ts';
import type { ToolEvent, ToolRun } from '../tools/tool.ts';
import { makeToolSet, type ServedTools } from '../tools/tool-set.ts';
import type { McpServers } from './mcp-servers.ts';
import { openServers } from './open-servers.ts';
import { bundleServer } from './testing/bundle-server.ts';

const exec = promisify(execFile);
const program = await bundleServer();

type PreparedServers = { served: ServedTools; notices: string[] };

/** A sandbox with the server's program in it, and the node that runs it. */
class Place {
  sandbox: Sandbox = new MemorySandbox();
  readonly node: string;
  nowMs = 0;
  readonly mark = `mark-${randomUUID()}`;

  constructor(node: string) {
    this.node = node;
  }

  given(name: string, ...args: string[]): OperatorMcpServer['server'] {
    const path = `${this.sandbox.root}/server.cjs`;
    return {
      name,
      command: this.node,
      args: [path, args[0] ?? 'probe', args[1] ?? '', this.mark],
      environmentNames: ['PROBE_TOKEN'],
    };
  }

  open(...given: OperatorMcpServer['server'][]): McpServers {
    return openServers({
      config: {},
      given,
      getSecrets: () => ({ values: { PROBE_TOKEN: 'token-of-the-probe' } }),
      getFolder: (sandbox) => sandbox.root,
      now: () => this.nowMs,
      onChanged: () => undefined,
    });
  }

  async prepare(servers: McpServers, signal = new AbortController().signal): Promise<PreparedServers> {
    const notices = await servers.prepareTurn(this.sandbox, signal);
    assert.ok(servers.served);
    return { served: servers.served, notices };
  }

  async call(
    { served }: PreparedServers,
    name: string,
    input: unknown = {},
    more: Partial<ToolRun> = {},
  ): Promise<ToolEvent> {
    const { run } = prepareCall({ id: 'call-1', name, input }, makeToolSet({ served }));
    const signal = new AbortController().signal;
    const observed = await run?.({ sandbox: this.sandbox, signal, commandTimeoutMs: 20_000, ...more });
    assert.ok(observed);
    return observed;
  }

  /** How many programs of this place run, where they can be seen: in a folder on the machine itself. */
  async countServers(): Promise<string> {
    const count = `for try in {1..50}; do pgrep -f '[ ]${this.mark}' >/dev/null || break; sleep 0.1; done; pgrep -fc '[ ]${this.mark}'`;
    if (this.sandbox.kind === 'local') return (await exec('bash', ['-c', `${count} || true`])).stdout.trim();
    const run = await this.sandbox.run(count, { timeoutMs: 20_000, signal: new AbortController().signal });
    assert.ok(run.ok);
    return run.value.output.trim();
  }
}

describe('in a folder of this machine', () => {
  let base: string;
  let source: LocalSource;
  testServers(
    new Place(process.execPath),
    async () => {
      base = await mkdtemp('/tmp/lucid-mcp-');
      source = new LocalSource(base, openConfinementHere(base));
      const opened = await source.open(requestOf('s1'));
      assert.ok(opened.ok);
      return opened.value.sandbox;
    },
    async () => {
      await source.close();
      await rm(base, { recursive: true, force: true });
    },
  );
});

dockerDescribe('in a container', () => {
  const sandboxes = new TestSandboxes();
  testServers(
    new Place('node'),
    () => sandboxes.open(),
    async () => assert.deepEqual(await sandboxes.close(), []),
  );
});

function testServers(place: Place, open: () => Promise<Sandbox>, close: () => Promise<void>): void {
  before(async () => {
    place.sandbox = await open();
    const written = await place.sandbox.write('server.cjs', program);
    assert.ok(written.ok);
  });
  after(async () => {
    await place.sandbox.close();
    await close();
  });
  testTools(place);
  testCalls(place);
  testHostileServers(place);
  testLargeServers(place);
  testLifetime(place);
}

const namesOf = ({ served }: PreparedServers) => makeToolSet({ served }).described.map(({ name }) => name);

function testTools(place: Place): void {
  test('what a server offers becomes tools with its name in front, behind the engine’s own', async () => {
    const servers = place.open(place.given('probe'));
    assert.deepEqual(servers.statuses, [{ name: 'probe', state: 'waiting', tools: [] }]);
    const prepared = await place.prepare(servers);
    const own = makeToolSet().described.map(({ name }) => name);
    assert.deepEqual(namesOf(prepared).slice(0, own.length + 2), [...own, 'probe__echo', 'probe__where']);
    assert.ok(namesOf(prepared).includes('probe__bash'));
    assert.equal(servers.statuses[0]?.state, 'ready');
    const { content, eventType, metadata } = await place.call(prepared, 'probe__echo', { text: 'it' });
    assert.deepEqual(
      { content, eventType, metadata },
      {
        content: 'heard it',
        eventType: 'McpObservation',
        metadata: { mcp: { server: 'probe', tool: 'echo' }, toolCallId: 'call-1' },
      },
    );
    assert.equal((await place.call(prepared, 'probe__where')).content, place.sandbox.root);
    servers.close();
  });

  test('its instructions are told as its own words, once, and can’t end their mark', async () => {
    const servers = place.open(place.given('probe'));
    const { notices } = await place.prepare(servers);
    assert.equal(notices.length, 1);
    assert.match(
      notices[0] ?? '',
      /^The MCP server probe says of itself, in its own words, which are no orders of the user/,
    );
    assert.equal(notices[0]?.match(/<\/mcp_server>/g)?.length, 1);
    servers.close();
  });

  test('results are text: failures, images, long ones and progress', async () => {
    const servers = place.open(place.given('probe'));
    const prepared = await place.prepare(servers);
    const failed = await place.call(prepared, 'probe__fail');
    assert.deepEqual([failed.eventType, failed.content], ['ErrorObservation', 'It can not be done.']);
    assert.equal(
      (await place.call(prepared, 'probe__image')).content,
      'Here:\n[Here it gave an image (image/png, 6 bytes), which is not shown.]',
    );
    const long = (await place.call(prepared, 'probe__long')).content;
    assert.match(long, /^begin x+\n\[… \d+ characters left out.* …\]\nx+ end$/);
    assert.ok(long.length <= 16_000);
    const shown: string[] = [];
    const onOutput = (chunk: Buffer) => void shown.push(chunk.toString());
    assert.equal((await place.call(prepared, 'probe__progress', {}, { onOutput })).content, 'all the way');
    assert.deepEqual(shown, ['half way\n']);
    const wrong = await place.call(prepared, 'probe__echo', { text: 7 });
    assert.match(wrong.content, /text/);
    assert.equal(wrong.eventType, 'ErrorObservation');
    servers.close();
  });
}

function testCalls(place: Place): void {
  test('new tools come with the next turn', async () => {
    const servers = place.open(place.given('probe'));
    const first = await place.prepare(servers);
    assert.equal((await place.call(first, 'probe__grow')).content, 'grown');
    assert.ok(!namesOf(first).includes('probe__grown'));
    const second = await place.prepare(servers);
    assert.deepEqual(namesOf(second), [...namesOf(first), 'probe__grown']);
    assert.equal((await place.call(second, 'probe__grown')).content, 'new');
    servers.close();
  });

  test('a tool that is not there is answered with those that are', async () => {
    const servers = place.open(place.given('probe'));
    const prepared = await place.prepare(servers);
    assert.match(
      (await place.call(prepared, 'probe__teleport')).content,
      /has no tool probe__teleport; it has probe__echo, /,
    );
    assert.match((await place.call(prepared, 'other__echo')).content, /^There is no tool named "other__echo"/);
    servers.close();
  });

  test('a call is interrupted, and the server goes on', async () => {
    const servers = place.open(place.given('probe'));
    const prepared = await place.prepare(servers);
    const abort = new AbortController();
    const calling = place.call(prepared, 'probe__slow', {}, { signal: abort.signal });
    setTimeout(() => abort.abort(), 50);
    assert.equal((await calling).content, 'The call was interrupted.');
    assert.equal(
      (await place.call(prepared, 'probe__slow', {}, { commandTimeoutMs: 200 })).eventType,
      'ErrorObservation',
    );
    assert.equal((await place.call(prepared, 'probe__echo', { text: 'still' })).content, 'heard still');
    servers.close();
  });
}

function testHostileServers(place: Place): void {
  for (const [deed, said] of [
    ['flood', /It sent more than 5000 messages at once/],
    ['huge', /It sent a message of more than 6291456 bytes/],
    ['unclosed', /It sent a message of more than 6291456 bytes/],
    ['shouts', /It sent more than 16777216 bytes at once/],
    ['dies', /It ended with exit code 7/],
  ] as const)
    test(`a server that ${deed} costs its call alone, and works on with the next one`, async () => {
      const servers = place.open(place.given('bad', deed), place.given('probe'));
      const prepared = await place.prepare(servers);
      const { eventType, content } = await place.call(prepared, 'bad__act');
      assert.equal(eventType, 'ErrorObservation');
      assert.match(content, said);
      assert.equal((await place.call(prepared, 'probe__echo', { text: 'I' })).content, 'heard I');
      servers.close();
    });

  test('text that is no message is dropped, and so are parts of no known kind', async () => {
    const servers = place.open(place.given('bad', 'garbage'));
    const prepared = await place.prepare(servers);
    assert.equal((await place.call(prepared, 'bad__act')).content, 'after the garbage');
    const strange = place.open(place.given('bad', 'strange'));
    const { eventType, content } = await place.call(await place.prepare(strange), 'bad__act');
    assert.deepEqual([eventType, content], ['McpObservation', '']);
    strange.close();
    servers.close();
  });

  test('a list without an end is read so far, and that is told', async () => {
    const servers = place.open(place.given('bad', 'endless'));
    const { notices, ...prepared } = await place.prepare(servers);
    assert.ok(namesOf({ notices, ...prepared }).includes('bad__page-1'));
    assert.deepEqual(notices, ['The MCP server bad has more tools than are offered: 20.']);
    servers.close();
  });

  test('a server that ends at once, or is no program, is told with its own last words', async () => {
    const missing = { ...place.given('missing'), command: 'no-such-server', environmentNames: [] };
    const servers = place.open(place.given('bad', 'ends', 'no licence'), missing);
    const { notices } = await place.prepare(servers);
    assert.deepEqual(
      notices[0],
      'The MCP server bad is not there. It ended with exit code 5. It had printed: no licence',
    );
    assert.match(
      notices[1] ?? '',
      /^The MCP server missing is not there\. It ended with exit code 127\..*no-such-server/,
    );
    assert.deepEqual(
      servers.statuses.map(({ state }) => state),
      ['failed', 'failed'],
    );
    servers.close();
  });

  test('a turn whose servers hang begins without them when it is interrupted, and a call says so', async () => {
    const servers = place.open(place.given('bad', 'hang'));
    const abort = new AbortController();
    setTimeout(() => abort.abort(), 300);
    const prepared = await place.prepare(servers, abort.signal);
    assert.deepEqual(prepared.notices, ['The MCP server bad is still starting: its tools come with the next turn.']);
    const { content } = await place.call(prepared, 'bad__act', {}, { commandTimeoutMs: 200 });
    assert.equal(content, 'The MCP server bad gave no result. It is still starting.');
    servers.close();
  });
}

function testLargeServers(place: Place): void {
  test('a tool whose schema is too large is offered without it, and a list that is too large not at all', async () => {
    const servers = place.open(place.given('large', 'details'), place.given('larger', 'boasts'));
    const { notices } = await place.prepare(servers);
    assert.ok(notices.some((notice) => /large describes the input of these tools .*large__act/.test(notice)));
    assert.partialDeepStrictEqual(servers.statuses, [
      { name: 'large', state: 'ready', simplified: ['large__act'] },
      { name: 'larger', state: 'failed' },
    ]);
    assert.match(servers.statuses[1]?.reason ?? '', /a message of more than 1048576 bytes/);
    servers.close();
  });
}

function testLifetime(place: Place): void {
  test('a server that has died is started again by the next call', async () => {
    const servers = place.open(place.given('probe'));
    const prepared = await place.prepare(servers);
    assert.match(
      (await place.call(prepared, 'probe__die')).content,
      /^The MCP server probe gave no result\. It ended with exit code 3/,
    );
    assert.equal(servers.statuses[0]?.state, 'failed');
    assert.match((await place.call(prepared, 'probe__echo', { text: 'I' })).content, /It ended with exit code 3/);
    place.nowMs += 60_000;
    assert.equal((await place.call(prepared, 'probe__echo', { text: 'I' })).content, 'heard I');
    assert.equal(servers.statuses[0]?.state, 'ready');
    servers.close();
  });

  test('servers end with the session, whether they start, run or hang', async () => {
    const servers = place.open(place.given('probe'), place.given('bad', 'hang'));
    const abort = new AbortController();
    setTimeout(() => abort.abort(), 1_500);
    await place.prepare(servers, abort.signal);
    servers.close();
    await waitUntilHolds(async () => assert.equal(await place.countServers(), '0'));
  });
}

test('a workspace in memory says that it runs no programs', async () => {
  const place = new Place('node');
  const servers = place.open(place.given('probe'));
  const { notices } = await place.prepare(servers);
  assert.deepEqual(notices, ['The MCP server probe is not there. A workspace in memory runs no programs.']);
  servers.close();
});
