// A session's workspace is made ready before it is used: its repository cloned, its earlier work restored or reported as lost.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MemorySandbox } from '../../sandbox/memory/memory-sandbox.ts';
import type { RunOptions, RunResult } from '../../sandbox/sandbox.ts';
import { failed, type Outcome, succeeded } from '../../schema/error.ts';
import type { StoredEvent } from '../../schema/event.ts';
import type { SessionSettings } from '../../schema/session.ts';
import { isSettled } from '../testing/event-loop.ts';
import { BackgroundSandbox } from '../testing/fake-background.ts';
import { action, callOf, numberEvents, observation, task } from '../testing/stored-events.ts';
import { testRecord } from '../testing/test-session.ts';
import { Workspace } from './workspace.ts';

/** A fake container: its commands end as the test says, and it notes what happens to it. */
class FakeContainer extends MemorySandbox {
  override readonly kind = 'docker' as unknown as 'memory';
  readonly did: string[];
  readonly #end: (command: string, options: RunOptions) => Promise<RunResult>;

  constructor(did: string[], end: FakeContainer['endOf'] = async () => exited(0)) {
    super();
    this.did = did;
    this.#end = end;
  }

  endOf(command: string, options: RunOptions): Promise<RunResult> {
    return this.#end(command, options);
  }

  override async run(command: string, options: RunOptions): Promise<Outcome<RunResult>> {
    this.did.push(command.includes('git clone') ? 'clones' : 'runs');
    return succeeded(await this.endOf(command, options));
  }

  override async release(): Promise<void> {
    this.did.push('released');
  }

  override async close(): Promise<void> {
    this.did.push('closed');
  }

  override async abandon(): Promise<void> {
    this.did.push('abandoned');
  }
}

const exited = (exitCode: number, output = ''): RunResult => ({ kind: 'exited', exitCode, output });
const repoUrl = 'https://github.com/user/repo';

type Options = {
  sandbox?: MemorySandbox;
  did?: string[];
  isFresh?: boolean;
  isAway?: () => boolean;
  settings?: Partial<SessionSettings>;
  events?: StoredEvent[];
  grant?: () => Promise<ReturnType<typeof failed>>;
};

function workspaceWith({ did = [], sandbox = new FakeContainer(did), ...options }: Options = {}) {
  const told: string[] = [];
  const asked: unknown[] = [];
  const asks: boolean[] = [];
  const grant = async (request: unknown) => {
    asked.push(request);
    const revoke = () => void did.push('revoked');
    return succeeded({ repoUrl, url: 'http://172.18.0.1:1/grant/github.com/user/repo', failure: undefined, revoke });
  };
  const record = testRecord();
  const workspace = new Workspace({
    record: { ...record, settings: { ...record.settings, ...options.settings } },
    mayExist: options.isFresh === false,
    chooseSource: () => ({
      open: async ({ mayExist }) => {
        asks.push(mayExist);
        return succeeded({
          sandbox,
          isFresh: options.isFresh ?? true,
          isAway: async () => options.isAway?.() ?? false,
        });
      },
      remove: async () => undefined,
      close: async () => undefined,
    }),
    removeLeftover: async () => undefined,
    git: { grant: options.grant ?? grant },
    getGitToken: () => 'ghp_token',
    events: options.events ?? [],
    olderEvents: [],
    snapshots: {
      restore: async () => succeeded(undefined),
      settle: async () => undefined,
      removeAll: async () => undefined,
      end: () => undefined,
    },
    onQueued: () => undefined,
    onCommandEnded: async () => undefined,
    recordEvent: ({ eventType, content }) => void told.push(`${eventType}: ${content}`),
  });
  return { workspace, did, told, asked, asks };
}

test('ends of commands in the background are listened for, from the beginning where some may run from before', async () => {
  const mayRun = async (isFresh: boolean, ...events: StoredEvent[]) => {
    const sandbox = new BackgroundSandbox();
    await workspaceWith({ sandbox, isFresh, events }).workspace.openSandbox();
    return sandbox.background.mayRun;
  };
  const started = numberEvents({ ...observation('1'), metadata: { background: { id: '1' } } });
  assert.equal(await mayRun(false, ...started), true);
  assert.equal(await mayRun(false), false);
  assert.equal(await mayRun(true, ...started), false);
});

test('a repository is cloned before anybody gets the sandbox, with the token outside of it, and told', async () => {
  const { workspace, did, told, asked } = workspaceWith({ settings: { repoUrl, branch: 'main' } });
  assert.equal((await workspace.openSandbox()).ok, true);
  assert.equal(workspace.holdsSandbox, true);
  assert.deepEqual(did, ['runs', 'clones', 'runs']);
  assert.deepEqual(asked, [{ repoUrl, token: 'ghp_token' }]);
  assert.deepEqual(told, [`RepositoryCloned: Cloned ${repoUrl}, branch main, into /workspace/repo.`]);
});

test('a model is told where the repository is and who commits', async () => {
  const gitUser = { gitUserName: 'Ada', gitUserEmail: 'ada@example.com' };
  const { workspace } = workspaceWith({ settings: { repoUrl, ...gitUser } });
  const sandbox = await workspace.openSandbox();
  assert.ok(sandbox.ok);
  assert.partialDeepStrictEqual(workspace.collectFacts(sandbox.value), {
    workspace: '/workspace',
    repository: { url: repoUrl, folder: '/workspace/repo', branch: null },
    gitUser: { name: 'Ada', email: 'ada@example.com' },
  });
});

test('people are told what an image that the repository asks for has taken from the sandbox', async () => {
  const sandbox = new FakeContainer([]);
  const took = 'Commands are not root.';
  Object.defineProperty(sandbox, 'useImage', {
    value: async () => {
      Object.defineProperty(sandbox, 'warning', { value: took });
      return succeeded({ imageId: 'sha256:1' });
    },
  });
  await sandbox.write('repo/.devcontainer.json', '{"image":"other:1"}');
  const { workspace, told } = workspaceWith({ sandbox, settings: { repoUrl } });
  assert.ok((await workspace.openSandbox()).ok);
  assert.equal(workspace.warning, took);
  assert.match(told.at(-1) ?? '', /^WorkspaceSetup: .*Commands run in the image other:1\. Commands are not root\.$/s);
});

test('a clone that fails gives the sandbox back for good, and the reason without a token', async () => {
  const did: string[] = [];
  const refused = async (command: string) =>
    command.includes('git clone') ? exited(128, 'fatal: repository not found') : exited(0);
  const { workspace } = workspaceWith({ did, sandbox: new FakeContainer(did, refused), settings: { repoUrl } });
  const sandbox = await workspace.openSandbox();
  assert.ok(!sandbox.ok);
  assert.doesNotMatch(sandbox.failure.detail, /ghp_token/);
  assert.deepEqual([did.includes('revoked'), did.at(-1), workspace.holdsSandbox], [true, 'closed', false]);
});

test('where the repository can’t be reached the reason is given, and nothing runs', async () => {
  const no = failed('badRepoUrl', 'Not that one.');
  const { workspace, did } = workspaceWith({ settings: { repoUrl }, grant: async () => no });
  assert.deepEqual(await workspace.openSandbox(), no);
  assert.deepEqual(did, ['closed']);
});

test('a session that comes back to its repository gets a fresh way to it, and is not told that it was cloned', async () => {
  const did: string[] = [];
  const isThere = async (command: string) => exited(command.includes('git clone') ? 77 : 0);
  const sandbox = new FakeContainer(did, isThere);
  const { workspace, told, asked } = workspaceWith({ did, sandbox, isFresh: false, settings: { repoUrl } });
  assert.equal((await workspace.openSandbox()).ok, true);
  assert.deepEqual([asked.length, told], [1, []]);
});

test('a workspace that is given back loses its way to the repository, and a clone that still runs ends', async () => {
  const did: string[] = [];
  const endless = (command: string, { signal }: RunOptions) =>
    command.includes('git clone')
      ? new Promise<RunResult>((resolve) =>
          signal.addEventListener('abort', () => resolve({ kind: 'cancelled', output: '' })),
        )
      : Promise.resolve(exited(0));
  const { workspace } = workspaceWith({ did, sandbox: new FakeContainer(did, endless), settings: { repoUrl } });
  const opening = workspace.openSandbox();
  assert.equal(await isSettled(opening), false);
  await workspace.close();
  assert.equal((await opening).ok, false);
  assert.deepEqual([did.includes('closed'), did.includes('revoked')], [true, true]);
});

test('a sandbox that is another owner’s is let go of before anything in it could be ended', async () => {
  const { workspace, did } = workspaceWith({ settings: { repoUrl } });
  await workspace.openSandbox();
  await workspace.abandon();
  assert.equal(workspace.holdsSandbox, false);
  assert.deepEqual(did.slice(-2), ['abandoned', 'revoked']);
});

test('a workspace that was emptied is recorded where it had work in it, and not otherwise', async () => {
  const worked = numberEvents(task(), action(callOf('c-1')), observation('c-1'));
  const lost = workspaceWith({ events: worked });
  await lost.workspace.openSandbox();
  assert.match(lost.told[0] ?? '', /^WorkspaceEmptied: /);
  const fresh = workspaceWith({ events: numberEvents(task()) });
  await fresh.workspace.openSandbox();
  assert.deepEqual(fresh.told, []);
});

test('a workspace whose machine is away is begun anew elsewhere, cloned again, and recorded as emptied', async () => {
  let isAway = false;
  const { workspace, did, told, asks } = workspaceWith({ settings: { repoUrl }, isAway: () => isAway });
  await workspace.openSandbox();
  isAway = true;
  await workspace.openSandbox();
  assert.deepEqual(asks, [false, true]);
  assert.equal(did.filter((what) => what === 'clones').length, 2);
  assert.match(told.join('\n'), /WorkspaceEmptied: The machine that the workspace was on is away;/);
});

test('a workspace in memory has the earlier work again, and says that it has no repository', async () => {
  const write = callOf('c-1', 'write', { path: 'a', content: 'text' });
  const events = numberEvents(
    task(),
    action(write, 'FileWriteAction'),
    observation('c-1', 'ok', 'FileWriteObservation'),
  );
  const sandbox = new MemorySandbox();
  const { workspace, told } = workspaceWith({ sandbox, events, settings: { repoUrl } });
  assert.deepEqual(await workspace.readFile('a', {}), succeeded({ content: 'text' }));
  assert.equal(workspace.holdsSandbox, false);
  assert.equal(workspace.warning, 'Its repository is not cloned in mock mode.');
  assert.deepEqual(told, []);
});
