// Which sessions a caller has, at work or at rest, in this engine's memory or in rows alone.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { startTestEngine, type TestEngine } from '../../testing/engine.ts';
import { callAs, waitUntil } from '../../testing/rest.ts';

type Listed = {
  sessionId: string;
  task: string;
  state: string;
  isAlive: boolean;
  lastEvent: { sequence: number } | null;
};
type Page = { sessions: Listed[]; nextBefore: string | null };

const sessions = '/api/v1/sessions';

let engine: TestEngine;
before(async () => {
  engine = await startTestEngine({ environment: { RECONNECT_GRACE: '0' } });
});
after(() => engine?.close());

const call = <Body>(user: string, method: string, path: string, body?: unknown) =>
  callAs<Body>(engine, user, method, path, body);

async function create(user: string, body: object = {}): Promise<string> {
  const answer = await call<Listed>(user, 'POST', sessions, { task: 'Write hello world', ...body });
  assert.equal(answer.status, 200);
  return answer.body.sessionId;
}

async function list(user: string, query: string): Promise<Page> {
  const { status, body } = await call<Page>(user, 'GET', `${sessions}?${query}`);
  assert.equal(status, 200);
  return body;
}

const stateOf = async (user: string, sessionId: string) =>
  (await call<Listed>(user, 'GET', `${sessions}/${sessionId}`)).body.state;

test('sessions at rest, waiting and stopped are listed by their state, with all that is known of each', async () => {
  const rests = await create('ada', { autoStart: true, repoUrl: null, branch: null });
  await waitUntil(async () => (await stateOf('ada', rests)) === 'idle');
  await waitUntil(async () => (await call<Page>('ada', 'GET', sessions)).body.sessions.length === 0);
  const waits = await create('ada');
  const stopped = await create('ada');
  await call('ada', 'DELETE', `${sessions}/${stopped}`);

  const idsIn = async (query: string) => (await list('ada', query)).sessions.map(({ sessionId }) => sessionId);
  assert.deepEqual(await idsIn('state=idle'), [rests]);
  assert.deepEqual(await idsIn('state=created'), [waits]);
  assert.deepEqual(await idsIn('state=stopped'), [stopped]);
  assert.deepEqual(await idsIn('state=working,failed'), []);
  assert.deepEqual(await idsIn('state=created,idle,working,stopped,failed'), [stopped, waits, rests]);
  const [idle] = (await list('ada', 'state=idle')).sessions;
  const { now: _, ...alone } = (await call<{ now?: unknown }>('ada', 'GET', `${sessions}/${rests}`)).body;
  assert.deepEqual(idle, alone);
  assert.partialDeepStrictEqual(idle, {
    branch: null,
    watchers: 0,
    queuePosition: null,
    lastEvent: { epoch: 1, sequence: 12, eventType: 'Status' },
  });
});

test('pages follow each other without a gap or a repetition, also where sessions have the same age', async () => {
  const made: string[] = [];
  for (let at = 0; at < 7; at++) made.push(await create('pager'));
  const seen: string[] = [];
  for (let before: string | null = ''; before !== null; ) {
    const page: Page = await list('pager', `state=created&limit=3${before && `&before=${before}`}`);
    seen.push(...page.sessions.map(({ sessionId }) => sessionId));
    before = page.nextBefore;
  }
  assert.deepEqual(seen, made.reverse());
});

test("another user's sessions are in no list, and no position in one", async () => {
  const others = await create('owner');
  await create('eve');
  assert.equal((await list('eve', 'state=created')).sessions.length, 1);
  assert.deepEqual(await list('eve', `state=created&before=${others}`), { sessions: [], nextBefore: null });
});

test('a state that there is not, an empty one and a wrong limit are refused by name', async () => {
  for (const query of ['state=resting', 'state=', 'state=idle,', 'state=idle&limit=0', 'state=idle&limit=101']) {
    const { status, body } = await call<{ code: string; errors: { path: string }[] }>(
      'ada',
      'GET',
      `${sessions}?${query}`,
    );
    assert.deepEqual([status, body.code], [422, 'invalid'], query);
    assert.match(body.errors[0]?.path ?? '', /^(state|limit)/);
  }
});
