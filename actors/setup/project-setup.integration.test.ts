// A repository's own setup is run once in its sandbox, and what it made is there in the user's next session.
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { mock, test } from 'node:test';
import { LocalSource } from '../../sandbox/local/local-source.ts';
import type { Sandbox } from '../../sandbox/sandbox.ts';
import type { AboutSnapshot } from '../../sandbox/sandbox-source.ts';
import { openConfinementHere } from '../../sandbox/testing/confinement-here.ts';
import { dockerHooks, dockerTest, readOutputOf, TestSandboxes } from '../../sandbox/testing/docker-sandboxes.ts';
import { requestOf } from '../../sandbox/testing/sandbox-request.ts';
import { testRecord } from '../testing/test-session.ts';
import type { ToolEvent } from '../tools/tool.ts';
import { findProjectSetup, runProjectSetup } from './project-setup.ts';
import { setUpProject } from './set-up-project.ts';
import { putCloneAside, snapshotNameOf } from './setup-snapshot.ts';

const sandboxes = new TestSandboxes();
dockerHooks.after(async () => assert.deepEqual(await sandboxes.close(), []));

const { signal } = new AbortController();
const script =
  'echo installing; echo of-home >~/installed; mkdir -p node_modules; echo made >node_modules/a; echo later >>README';

/** Stands in for a clone: a repository that has a setup, and git's way to it. */
async function clone(sandbox: Sandbox, files: Record<string, string>): Promise<void> {
  await readOutputOf(sandbox, 'mkdir -p ~/.cache/lucid; echo grant-canary >~/.cache/lucid/gitconfig; git init -q repo');
  for (const [name, text] of Object.entries({ README: 'read me\n', '.gitignore': 'node_modules\n', ...files }))
    await sandbox.write(`repo/${name}`, text);
  await readOutputOf(sandbox, 'cd repo && git add -A && git -c user.name=a -c user.email=a@b commit -qm one');
}

const nameOf = (userId: string, branch: string | null) => {
  const { settings } = testRecord();
  return snapshotNameOf({ userId, settings: { ...settings, repoUrl: 'https://git.invalid/a/b', branch } }) ?? '';
};

async function begin(
  sessionId: string,
  snapshot: string,
): Promise<{ sandbox: Sandbox; restored: AboutSnapshot | undefined }> {
  const opened = await sandboxes.source.open(requestOf(sessionId, { snapshot }));
  assert.ok(opened.ok);
  return { sandbox: opened.value.sandbox, restored: opened.value.restored };
}

async function setUp(sandbox: Sandbox, restored: AboutSnapshot | undefined, snapshot: string): Promise<ToolEvent[]> {
  const recordEvent = mock.fn((_: ToolEvent) => undefined);
  await setUpProject({ sandbox, restored, snapshot, signal, recordEvent });
  return recordEvent.mock.calls.map(({ arguments: [event] }) => event);
}

dockerTest('what a setup made is in the next session of the same user and branch, and in nobody else’s', async () => {
  const files = { '.lucid/setup.sh': script };
  const snapshot = nameOf('ada', null);
  const first = await begin('first', snapshot);
  assert.equal(first.restored, undefined);
  await clone(first.sandbox, files);
  const [, ran] = await setUp(first.sandbox, undefined, snapshot);
  assert.match(ran?.content ?? '', /^The repository's \.lucid\/setup\.sh was run in \d+ s\.\nIt printed:\ninstalling$/);
  assert.equal(await readOutputOf(first.sandbox, 'cat ~/.cache/lucid/gitconfig'), 'grant-canary\n');
  await first.sandbox.close();

  const second = await begin('second', snapshot);
  assert.ok(second.restored);
  const canaries = 'grep -rsl grant-canary ~ /workspace; find / -xdev -name lucid-gitconfig 2>/dev/null';
  assert.equal(await readOutputOf(second.sandbox, canaries), '', 'no way to the repository is kept');
  assert.ok(await putCloneAside(second.sandbox, signal));
  await clone(second.sandbox, { ...files, new: 'of a newer commit' });
  const events = await setUp(second.sandbox, second.restored, snapshot);
  assert.match(events.map(({ content }) => content).join(), /^What .* was taken from a snapshot/);
  const seen = 'cat ~/installed node_modules/a README new; git status --short; ls -A /workspace';
  assert.equal(
    await readOutputOf(second.sandbox, `cd /workspace/repo; ${seen}`),
    'of-home\nmade\nread me\nof a newer commitrepo\n',
  );
  await second.sandbox.close();

  for (const other of [nameOf('bob', null), nameOf('ada', 'other')]) {
    const third = await begin('third', other);
    assert.equal(third.restored, undefined);
    assert.equal(await readOutputOf(third.sandbox, 'cat ~/installed 2>/dev/null'), '');
    await third.sandbox.close();
  }

  const changed = await begin('changed', snapshot);
  await putCloneAside(changed.sandbox, signal);
  await clone(changed.sandbox, { '.lucid/setup.sh': 'cat node_modules/a' });
  const said = (await setUp(changed.sandbox, changed.restored, snapshot)).map(({ content }) => content).join('\n');
  assert.match(said, /failed after \d+ s, with exit code 1\./);
  await changed.sandbox.close();
});

dockerTest(
  'a setup that hangs is ended, one that floods is cut, and one that fails says so; the work goes on',
  async () => {
    const { sandbox } = await begin('hostile', nameOf('eve', null));
    await clone(sandbox, { '.lucid/setup.sh': 'yes flood | head -c 3000000; sleep 600' });
    const setup = await findProjectSetup(sandbox);
    assert.ok(setup);
    const { event, isDone } = await runProjectSetup(sandbox, setup, signal, 3_000);
    assert.equal(isDone, false);
    assert.match(event.content, /was ended after 3 s/);
    assert.ok(event.content.length < 5_000);
    await readOutputOf(sandbox, 'cd /workspace/repo && rm -rf .lucid && ln -s /etc/passwd .devcontainer.json');
    assert.equal(await findProjectSetup(sandbox), undefined, 'no link leads outside');
    await readOutputOf(sandbox, 'cd /workspace/repo && rm .devcontainer.json');
    await sandbox.write(
      'repo/.devcontainer/devcontainer.json',
      '{"privileged":true,"postCreateCommand":"echo hi; exit 3"}',
    );
    const events = await setUp(sandbox, undefined, nameOf('eve', null));
    assert.match(events.at(-1)?.content ?? '', /exit code 3\.\n"privileged" is left out: .*\nIt printed:\nhi$/);
    assert.equal(await readOutputOf(sandbox, 'echo works'), 'works\n');
    await sandbox.close();
  },
);

dockerTest(
  'a devcontainer’s variables are in its commands and in the session’s shell; what can’t be had is told',
  async () => {
    const { sandbox } = await begin('devcontainer', nameOf('dev', null));
    const wish = {
      image: 'node:24',
      containerEnv: { GREETING: 'hello world', LD_PRELOAD: '/workspace/evil.so', LOCAL: `[\${localEnv:HOME}]` },
      remoteEnv: { PATH: `\${containerEnv:PATH}:/workspace/repo/bin` },
      features: {
        'ghcr.io/devcontainers/features/node:1': {},
        'ghcr.io/devcontainers/features/docker-in-docker:2': {},
      },
      mounts: ['source=/var/run/docker.sock,target=/var/run/docker.sock,type=bind'],
      postCreateCommand: 'echo "$GREETING $LOCAL $LD_PRELOAD"',
    };
    await clone(sandbox, { '.devcontainer/devcontainer.json': JSON.stringify(wish) });
    const events = await setUp(sandbox, undefined, nameOf('dev', null));
    const said = events.at(-1)?.content ?? '';
    for (const sentence of [
      /The image node:24 isn't used: the operator has allowed none/,
      /"mounts" is left out/,
      /These variables are set in the session's shell: GREETING, LOCAL, PATH\./,
      /These variables are not set: LD_PRELOAD\./,
      /has these: node\./,
      /can't be had: .*docker-in-docker/,
      /It printed:\nhello world \[\]$/,
    ])
      assert.match(said, sentence);
    assert.equal(
      await readOutputOf(
        sandbox,
        'echo "$GREETING"; echo $PATH | grep -c repo/bin; ls /var/run/docker.sock 2>&1 | wc -l',
      ),
      'hello world\n1\n1\n',
    );
    await sandbox.close();

    const large = await begin('large', nameOf('dev', 'large'));
    await clone(large.sandbox, {});
    await readOutputOf(
      large.sandbox,
      `python3 -c "print('{\\"a\\":\\"' + 'x' * 10_000_000 + '\\"}')" >/workspace/repo/.devcontainer.json`,
    );
    const [event] = await setUp(large.sandbox, undefined, nameOf('dev', 'large'));
    assert.equal(event?.content, "The repository's .devcontainer.json is not read: it is larger than 256 KB.");
    await large.sandbox.close();
  },
);

test('in a local sandbox the setup runs too, and nothing of it is kept', async (t) => {
  const base = await mkdtemp('/tmp/lucid-setup-');
  const source = new LocalSource(base, openConfinementHere(base));
  t.after(async () => {
    await source.close();
    await rm(base, { recursive: true, force: true });
  });
  const snapshot = nameOf('ada', null);
  const opened = await source.open(requestOf('local', { snapshot }));
  assert.ok(opened.ok && opened.value.restored === undefined);
  const { sandbox } = opened.value;
  await clone(sandbox, { '.lucid/setup.sh': script });
  const [, ran] = await setUp(sandbox, undefined, snapshot);
  assert.match(ran?.content ?? '', /was run in/);
  assert.equal(await readOutputOf(sandbox, 'cat ~/installed ~/.cache/lucid/gitconfig'), 'of-home\ngrant-canary\n');
  await sandbox.close();
});
