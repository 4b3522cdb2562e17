// Confined commands are started again when bubblewrap fails before they began, and never run twice.
import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import { type TestContext, test } from 'node:test';
import { TestedSandbox, unwrap } from '../conformance/tested-sandbox.ts';
import { canConfine } from '../testing/confinement-here.ts';
import { requestOf } from '../testing/sandbox-request.ts';
import { type Confinement, openConfinement } from './confinement.ts';
import { LocalSource } from './local-source.ts';
import { hasFailedBefore, startsMax } from './started-process.ts';

const isConfined = await canConfine('starts of confined commands that fail');

/** A folder that bubblewrap doesn't find, as when a file system goes away while it binds the machine's folders. */
const gone = ['--ro-bind', '/lucid-gone', '/lucid-gone'];

/** Where the folder is missing: in the outer bubblewrap, or in the inner one. */
const places = {
  outer: (args: string[]) => [...gone, ...args],
  inner: (args: string[]) => args.flatMap((arg) => (arg === '--seccomp' ? [...gone, arg] : [arg])),
};

/** Has bubblewrap fail so many times at each start from now on. */
function failFirst(confinement: Confinement, failures: number, place: (args: string[]) => string[]): Confinement {
  let starts = 0;
  return {
    ...confinement,
    buildCommand: async (...given) => {
      const built = await confinement.buildCommand(...given);
      return starts++ < failures ? { ...built, args: place(built.args) } : built;
    },
  };
}

async function openFailing(t: TestContext, failures: number, place: (args: string[]) => string[]) {
  const base = await mkdtemp('/tmp/lucid-starts-');
  const source = new LocalSource(
    base,
    openConfinement([base]).then((one) => failFirst(one, failures, place)),
  );
  t.after(async () => {
    await tested.sandbox?.close();
    await source.close();
    await rm(base, { recursive: true, force: true });
  });
  const tested = new TestedSandbox(async () => unwrap(await source.open(requestOf('starts'))).sandbox);
  await tested.open();
  return { tested, readFileOf: (name: string) => readFile(path.join(base, 'ada', 'starts', name), 'utf8') };
}

if (isConfined) {
  for (const [name, place] of Object.entries(places))
    for (const isSeparate of [false, true])
      test(`a ${isSeparate ? 'separate command' : 'command in the shell'} runs once after the ${name} bubblewrap failed`, async (t) => {
        const { tested, readFileOf } = await openFailing(t, startsMax - 1, place);
        const result = await tested.run('echo ran >>runs; echo works', { isSeparate });
        assert.deepEqual(result, { kind: 'exited', exitCode: 0, output: 'works\n' });
        assert.equal(await readFileOf('runs'), 'ran\n');
      });

  for (const [name, place] of Object.entries(places))
    test(`a program hears what it was told before it began, after the ${name} bubblewrap failed`, async (t) => {
      const { tested } = await openFailing(t, startsMax - 1, place);
      let output = '';
      const program = unwrap(
        await tested.sandbox.startProcess({
          program: ['bash', '-c', 'read line; echo "heard $line"; exit 3'],
          environment: {},
          folder: tested.sandbox.root,
          onOutput: (chunk) => {
            output += chunk.toString();
          },
          onErrorOutput: () => undefined,
        }),
      );
      program.write('one\n');
      assert.deepEqual([await program.ended, output], [3, 'heard one\n']);
    });

  test('a program that is killed is not started again', async (t) => {
    const { tested } = await openFailing(t, startsMax, places.outer);
    const listeners = { onOutput: () => assert.fail('It ran.'), onErrorOutput: () => undefined };
    const asked = { program: ['echo', 'ran'], environment: {}, folder: tested.sandbox.root, ...listeners };
    const program = unwrap(await tested.sandbox.startProcess(asked));
    await program.kill();
    await program.ended;
  });

  test('a command that fails as bubblewrap does is not run again', async (t) => {
    const { tested, readFileOf } = await openFailing(t, 0, places.outer);
    const command = `echo ran >>runs; echo "bwrap: Can't bind mount /oldroot/var" >&2; exit 1`;
    const result = await tested.run(command, { isSeparate: true });
    assert.ok(result.kind === 'exited' && result.exitCode === 1);
    assert.equal(await readFileOf('runs'), 'ran\n');
  });

  test('what bubblewrap says is told when it fails each time', async (t) => {
    const { tested } = await openFailing(t, startsMax, places.outer);
    const result = await tested.run('echo works', { isSeparate: true });
    assert.match(result.output, /lucid-gone/);
    assert.equal((await tested.run('echo works', { isSeparate: true })).output, 'works\n');
  });
}

test('only what ended with 1 and has no exit code in its report has failed before its command began', () => {
  const begins = '{ "child-pid": 3, "mnt-namespace": 1 }\n';
  assert.equal(hasFailedBefore(1, ''), true);
  assert.equal(hasFailedBefore(1, begins), true);
  assert.equal(hasFailedBefore(1, `${begins}{ "exit-code": 1 }\n`), false);
  assert.equal(hasFailedBefore(0, `${begins}{ "exit-code": 0 }\n`), false);
  assert.equal(hasFailedBefore(null, begins), false, 'it was killed');
  assert.equal(hasFailedBefore(137, begins), false, 'bubblewrap was killed within');
});
