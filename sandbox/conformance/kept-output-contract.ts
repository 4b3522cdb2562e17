// The part of the contract about long outputs that are kept in files outside of the workspace.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isKeptPath, type KeptFile, keptBytesMax, keptFilesMax, openKeptOutput } from '../shell/kept-output.ts';
import { ObservedOutput } from '../shell/observed-output.ts';
import { pathsOf, type TestedSandbox, unwrap } from './tested-sandbox.ts';

async function keep(tested: TestedSandbox, text: string): Promise<KeptFile | undefined> {
  const kept = openKeptOutput(tested.sandbox);
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length; at += 70_001) kept.add(bytes.subarray(at, at + 70_001));
  return kept.finish();
}

export function testKeptOutputs(tested: TestedSandbox): void {
  test('the whole of a long output lies where commands find it, outside of the workspace', async () => {
    const observed = new ObservedOutput(() => openKeptOutput(tested.sandbox));
    const { signal } = new AbortController();
    const command = 'seq 1 200000; printf "\\r%d" 1 2 3; echo " 😀"';
    unwrap(await tested.sandbox.run(command, { timeoutMs: 20_000, signal, output: observed.collected }));
    const read = await observed.finish(signal);
    const [, path = ''] = /the whole is in (\S+) …\]/.exec(read) ?? [];
    assert.ok(isKeptPath(path), read.slice(0, 2_000));
    assert.match(read, /^1\n2\n.*\n200000\n3 😀\n$/s);
    assert.equal(await tested.readOutput(`(seq 1 200000; echo "3 😀") | cmp - ${path} && echo same`), 'same\n');
    assert.ok(!pathsOf(unwrap(await tested.sandbox.list()).tree).some((entry) => entry.includes('.lucid')));
  });

  test('a kept output is bounded, and so is their number', async () => {
    const large = await keep(tested, '0123456789'.repeat(keptBytesMax / 10 + 1_000));
    assert.equal(large?.isWhole, false);
    assert.equal(await tested.readOutput(`wc -c <${large?.path}`), `${keptBytesMax}\n`);
    for (let files = 0; files < keptFilesMax + 3; files++) await keep(tested, 'x');
    const folder = large?.path.replace(/[^/]*$/, '');
    assert.equal((await tested.readOutput(`ls ${folder} | wc -l`)).trim(), String(keptFilesMax));
    assert.equal(await tested.readOutput(`ls ${large?.path} 2>/dev/null; true`), '');
  });

  test('an output that can be kept nowhere is told all the same', async () => {
    await tested.run('mv ~/.lucid/output ~/.lucid/kept; touch ~/.lucid/output');
    assert.equal(await keep(tested, 'x'), undefined);
    await tested.run('rm ~/.lucid/output; mv ~/.lucid/kept ~/.lucid/output');
  });
}

export function testNoKeptOutputs(tested: TestedSandbox): void {
  test('nothing is kept of a long output', async () => {
    assert.equal(await keep(tested, 'x'), undefined);
  });
}
