// The part of the contract about programs that are spoken with over their standard input and output.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import type { ProcessOptions, SandboxProcess } from '../sandbox.ts';
import { waitUntilHolds } from '../testing/wait-until.ts';
import { failureCodeOf, type TestedSandbox, unwrap } from './tested-sandbox.ts';

type Spoken = { process: SandboxProcess; output(): string; errors(): string; waitFor(text: string): Promise<void> };

async function start(tested: TestedSandbox, script: string, more: Partial<ProcessOptions> = {}): Promise<Spoken> {
  let output = '';
  let errors = '';
  const options: ProcessOptions = {
    program: ['bash', '-c', script],
    environment: {},
    folder: tested.sandbox.root,
    onOutput: (chunk) => {
      output += chunk.toString();
    },
    onErrorOutput: (chunk) => {
      errors += chunk.toString();
    },
    ...more,
  };
  const process = unwrap(await tested.sandbox.startProcess(options));
  const waitFor = async (text: string) => {
    for (let tries = 0; !output.includes(text); tries++) {
      assert.ok(tries < 1_500, `"${text}" is not in "${output.slice(0, 200)}"`);
      await setTimeout(20);
    }
  };
  return { process, output: () => output, errors: () => errors, waitFor };
}

export function testProcesses(tested: TestedSandbox): void {
  test('a program is spoken with while commands run, and its end is told with its exit code', async () => {
    const { process, waitFor, errors } = await start(
      tested,
      'echo "$GIVEN in $PWD"; echo aside >&2; while read line; do [ "$line" = end ] && exit 3; echo "heard $line"; done',
      { environment: { GIVEN: 'a b' } },
    );
    await waitFor(`a b in ${tested.sandbox.root}`);
    process.write('one 😀\n');
    assert.equal(await tested.readOutput('echo beside'), 'beside\n');
    await waitFor('heard one 😀');
    process.write('end\n');
    assert.equal(await process.ended, 3);
    assert.equal(errors(), 'aside\n');
  });

  test('a program has its own folder and variables, and the shell has none of these', async () => {
    await tested.write('programs/here', '');
    const folder = `${tested.sandbox.root}/programs`;
    const { process, output } = await start(tested, 'pwd; ls', { folder, environment: { SECRET_OF_PROGRAM: 'x' } });
    assert.equal(await process.ended, 0);
    assert.equal(output(), `${folder}\nhere\n`);
    assert.equal(await tested.readOutput('echo "[$SECRET_OF_PROGRAM]"'), '[]\n');
    const elsewhere = await start(tested, 'pwd', { folder: `${folder}/not-there` });
    assert.equal(await elsewhere.process.ended, 0);
  });

  test('a program that is not there says so and ends', async () => {
    const { process, errors } = await start(tested, '', { program: ['no-such-program', '--flag'] });
    assert.equal(await process.ended, 127);
    assert.match(errors(), /no-such-program/);
  });

  test('much passes in both directions, whole and in order', async () => {
    const { process, output } = await start(tested, 'head -c 3000000 | md5sum; seq 1 200000');
    process.write('0123456789'.repeat(300_000));
    assert.equal(await process.ended, 0);
    const [digest = '', ...lines] = output().trim().split('\n');
    assert.match(digest, /^[0-9a-f]{32} /);
    assert.equal(lines.length, 200_000);
    assert.ok(lines.every((line, at) => line === String(at + 1)));
  });

  test('a killed program ends with what it started, and commands go on', async () => {
    const { process, waitFor } = await start(tested, 'sleep 7171 & setsid sleep 7171 & echo up; wait');
    await waitFor('up');
    await process.kill();
    assert.notEqual(await process.ended, 0);
    const look = "pgrep -f '^sleep 7171' >/dev/null || echo none";
    await waitUntilHolds(async () => assert.equal(await tested.readOutput(look), 'none\n'));
  });

  test('the end of a command leaves a program as it is', async () => {
    const { process, waitFor } = await start(tested, 'echo up; read line; echo "heard $line"');
    await waitFor('up');
    assert.equal((await tested.run('sleep 30', { timeoutMs: 300 })).kind, 'timedOut');
    process.write('still\n');
    await waitFor('heard still');
    assert.equal(await process.ended, 0);
  });

  test('a program that reads nothing is ended once too much waits for it', async () => {
    const { process, waitFor } = await start(tested, 'echo up; exec sleep 7272');
    await waitFor('up');
    for (let parts = 0; parts < 12; parts++) process.write('x'.repeat(1024 * 1024));
    assert.notEqual(await process.ended, 0);
  });
}

export function testNoProcesses(tested: TestedSandbox): void {
  test('a program is refused with a reason', async () => {
    const options = { program: ['true'], environment: {}, folder: '/', onOutput: () => undefined };
    const refused = await tested.sandbox.startProcess({ ...options, onErrorOutput: () => undefined });
    assert.equal(failureCodeOf(refused), 'sandboxFailed');
  });
}
