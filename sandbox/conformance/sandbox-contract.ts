// The contract of a sandbox as one suite, which the tests of every driver run.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { limits } from '../../schema/limits.ts';
import { type Sandbox, workspace } from '../sandbox.ts';
import { hiddenFolders } from '../workspace/workspace-path.ts';
import { testWholeWithGit, testWholeWorkspace } from './archive-contract.ts';
import { testBackgroundContract } from './background-contract.ts';
import { testBashContract } from './bash-contract.ts';
import { testNewFiles, testRepositoryChanges } from './changes-contract.ts';
import { testKeptOutputs, testNoKeptOutputs } from './kept-output-contract.ts';
import { testNoProcesses, testProcesses } from './process-contract.ts';
import { testNoSnapshots, testSnapshots } from './snapshot-contract.ts';
import { failureCodeOf, pathsOf, TestedSandbox, unwrap } from './tested-sandbox.ts';

export type SandboxAbilities = {
  /** Whether a real bash runs commands, on a real file system. */
  bash: boolean;
};

/** Registers the suite. @param open makes a fresh sandbox, which the suite closes */
export function testSandboxContract(name: string, open: () => Promise<Sandbox>, abilities: SandboxAbilities): void {
  describe(`${name} keeps the contract of a sandbox`, () => {
    const tested = new TestedSandbox(open);
    before(() => tested.open());
    after(() => tested.sandbox.close());
    describe('files', () => {
      testContents(tested);
      testRefusals(tested);
    });
    describe('commands', () => testCommands(tested));
    describe('links', () => testLinks(tested));
    if (abilities.bash) describe('bash', () => testBashContract(tested));
    describe('kept outputs', () => (abilities.bash ? testKeptOutputs(tested) : testNoKeptOutputs(tested)));
    describe('programs', () => (abilities.bash ? testProcesses(tested) : testNoProcesses(tested)));
    if (abilities.bash) describe('the background', () => testBackgroundContract(tested));
    describe('changes', () => {
      testNewFiles(tested);
      if (abilities.bash) testRepositoryChanges(tested);
    });
    describe('archives', () => {
      testWholeWorkspace(tested);
      if (abilities.bash) testWholeWithGit(tested);
    });
    describe('snapshots', () => (abilities.bash ? testSnapshots(tested) : testNoSnapshots(tested)));
    describe('the sandbox as a whole', () => testWhole(tested));
  });
}

function testContents(tested: TestedSandbox): void {
  test('a written file is read under relative and absolute paths, and the folders that it needs are made', async () => {
    await tested.write('round/trip/a.txt', 'text\nwith lines\n');
    for (const path of ['round/trip/a.txt', `${workspace}/round/trip/a.txt`, './round/../round/trip/a.txt'])
      assert.deepEqual(await tested.read(path), { content: 'text\nwith lines\n' });
    await tested.write('round/trip/a.txt', 'shorter');
    assert.deepEqual(await tested.read('round/trip/a.txt'), { content: 'shorter' });
    await tested.write('round/empty', '');
    assert.deepEqual(await tested.read('round/empty'), { content: '' });
  });

  test('files have names and contents of any script, with newlines, quotes and blanks', async () => {
    for (const name of [
      'naïve 日本 😀.txt',
      'new\nline',
      `it's "quoted"`,
      ' blank ',
      '-rf',
      '$(touch no)',
      '*',
      'a\\b',
      '\t',
    ]) {
      await tested.write(`names/${name}`, `${name}\ufeff😀`);
      assert.deepEqual(await tested.read(`names/${name}`), { content: `${name}\ufeff😀` }, JSON.stringify(name));
      assert.ok((await tested.listPaths()).includes(`${workspace}/names/${name}`), JSON.stringify(name));
    }
  });

  test('a part of a file is read by offset and length, in bytes, and says how large the file is', async () => {
    await tested.write('part', 'zero one two');
    const part = (content: string) => ({ content, size: 12 });
    assert.deepEqual(await tested.read('part', { offset: 5, length: 3 }), part('one'));
    assert.deepEqual(await tested.read('part', { offset: 9 }), part('two'));
    assert.deepEqual(await tested.read('part', { length: 4 }), part('zero'));
    assert.deepEqual(await tested.read('part', { offset: 9, length: 1_000 }), part('two'));
    assert.deepEqual(await tested.read('part', { offset: 12 }), part(''));
    assert.deepEqual(await tested.read('part', { offset: 1e15, length: 1 }), part(''));
    assert.deepEqual(await tested.read('part', { length: 0 }), part(''));
    assert.deepEqual(await tested.read('part', { offset: 0, length: 12 }), { content: 'zero one two' });
  });

  test('what is not text comes in base64: a part that cuts a character, or bytes with NUL', async () => {
    await tested.write('euro', '€');
    const cut = { content: Buffer.from('€').subarray(0, 2).toString('base64'), encoding: 'base64', size: 3 };
    assert.deepEqual(await tested.read('euro', { length: 2 }), cut);
    await tested.write('nul', 'a\0b');
    assert.deepEqual(await tested.read('nul'), { content: Buffer.from('a\0b').toString('base64'), encoding: 'base64' });
  });

  test('any bytes are written as they are', async () => {
    const bytes = Buffer.from(Array.from({ length: 256 }, (_, at) => at));
    unwrap(await tested.sandbox.write('bytes/all', bytes));
    assert.deepEqual(await tested.read('bytes/all'), { content: bytes.toString('base64'), encoding: 'base64' });
    unwrap(await tested.sandbox.write('bytes/all', Buffer.from('text')));
    assert.deepEqual(await tested.read('bytes/all'), { content: 'text' });
    unwrap(await tested.sandbox.write('bytes/all', new Uint8Array()));
    assert.deepEqual(await tested.read('bytes/all'), { content: '' });
  });
}

function testRefusals(tested: TestedSandbox): void {
  test('a file over the limit is read in parts only', async () => {
    await tested.write('large', 'x'.repeat(limits.fileBytesMax));
    assert.equal((await tested.read('large')).content.length, limits.fileBytesMax);
    await tested.write('large', `${'x'.repeat(limits.fileBytesMax)}yz`);
    assert.equal(await tested.readRefusal('large'), 'fileTooLarge');
    assert.equal((await tested.read('large', { offset: limits.fileBytesMax, length: 10 })).content, 'yz');
    const size = limits.fileBytesMax + 2;
    assert.equal((await tested.read('large', { length: size })).content.length, limits.fileBytesMax);
  });

  test('a folder read as a file and a path that leads nowhere are refused in words', async () => {
    await tested.write('folder/file', 'text');
    assert.equal(await tested.readRefusal('missing'), 'noSuchFile');
    assert.equal(await tested.readRefusal('folder/missing/file'), 'noSuchFile');
    assert.equal(await tested.readRefusal('folder'), 'notAFile');
    assert.equal(await tested.readRefusal(workspace), 'notAFile');
    for (const [path, content] of [
      ['folder', ''],
      ['folder/file/below', ''],
      [workspace, ''],
    ] as const)
      assert.equal(failureCodeOf(await tested.sandbox.write(path, content)), 'notAFile', path);
    assert.deepEqual(await tested.read('folder/file'), { content: 'text' });
  });

  test('no path leads out of the workspace', async () => {
    const outside = ['..', '../etc/passwd', '/etc/passwd', '/', 'a/../../etc/passwd', `${workspace}2/a`, '', 'a\0b'];
    for (const path of [...outside, 'x'.repeat(5_000), `a/${'b/'.repeat(2_500)}c`]) {
      assert.equal(await tested.readRefusal(path), 'badPath', path.slice(0, 50));
      assert.equal(failureCodeOf(await tested.sandbox.write(path, 'no')), 'badPath', path.slice(0, 50));
    }
  });

  test('a path that begins with ~ is refused, because ~ is no folder of the workspace', async () => {
    for (const path of ['~', '~/notes.txt', '~/../workspace/a']) {
      assert.equal(await tested.readRefusal(path), 'badPath', path);
      assert.equal(failureCodeOf(await tested.sandbox.write(path, 'no')), 'badPath', path);
    }
    await tested.write('./~/file', 'text');
    assert.deepEqual(await tested.read('./~/file'), { content: 'text' });
    await tested.write('~tilde', 'text');
  });

  test('the tree shows folders and files by name, without what tools make', async () => {
    for (const hidden of hiddenFolders) await tested.write(`shown/${hidden}/file`, '');
    await tested.write('shown/.gitignore', '');
    await tested.write('shown/b/file', '');
    await tested.write('shown/a', '');
    const { tree } = unwrap(await tested.sandbox.list());
    assert.deepEqual(
      tree.find((node) => node.name === 'shown'),
      {
        name: 'shown',
        type: 'folder',
        path: `${workspace}/shown`,
        children: [
          { name: 'b', type: 'folder', path: `${workspace}/shown/b`, children: [file('shown/b/file')] },
          file('shown/.gitignore'),
          file('shown/a'),
        ],
      },
    );
  });
}

function testCommands(tested: TestedSandbox): void {
  test('a command gives its output and exit code', async () => {
    assert.deepEqual(await tested.run('echo hello'), { kind: 'exited', output: 'hello\n', exitCode: 0 });
    assert.deepEqual(await tested.run('true'), { kind: 'exited', output: '', exitCode: 0 });
    const failing = await tested.run('no-such-command-here');
    assert.ok(failing.kind === 'exited' && failing.exitCode === 127);
  });

  test('commands and files see the same workspace', async () => {
    await tested.write('seen/by-command', 'from a file\n');
    assert.equal(await tested.readOutput('cat seen/by-command'), 'from a file\n');
    assert.equal(await tested.readOutput(`cat "${tested.sandbox.root}/seen/by-command"`), 'from a file\n');
    await tested.run('echo from a command > seen/by-file');
    assert.deepEqual(await tested.read('seen/by-file'), { content: 'from a command\n' });
  });

  test('the working folder lasts; paths of files are from the workspace all the same', async () => {
    await tested.write('lasts/here', 'here\n');
    await tested.run('cd lasts');
    assert.equal(await tested.readOutput('cat here'), 'here\n');
    assert.deepEqual(await tested.read('lasts/here'), { content: 'here\n' });
    await tested.write('lasts/too', 'too\n');
    assert.equal(await tested.readOutput('cat too; cd ..'), 'too\n');
  });

  test('a command that was cancelled before it began has no effect', async () => {
    const result = await tested.run('touch cancelled', { signal: AbortSignal.abort() });
    assert.deepEqual(result, { kind: 'cancelled', output: '' });
    assert.equal(await tested.readRefusal('cancelled'), 'noSuchFile');
  });

  test('commands that are asked for at once run one after the other', async () => {
    const results = await Promise.all(['one', 'two', 'three'].map((word) => tested.run(`echo ${word}`)));
    assert.deepEqual(
      results.map(({ output }) => output),
      ['one\n', 'two\n', 'three\n'],
    );
  });
}

function testLinks(tested: TestedSandbox): void {
  test('links are followed inside the workspace, and nowhere else', async () => {
    await tested.write('links/real/file', 'text');
    await tested.run(
      'ln -s real links/folder; ln -s real/file links/direct; ln -s /etc links/out; ln -s /etc/hostname links/host; ' +
        'ln -s ../../.. links/up; ln -s self links/self; ln -s nowhere links/dangling',
    );
    for (const path of ['links/folder/file', 'links/direct'])
      assert.deepEqual(await tested.read(path), { content: 'text' });
    for (const path of ['links/out/passwd', 'links/host', 'links/up/etc/passwd', 'links/out', 'links/self']) {
      assert.equal(await tested.readRefusal(path), 'badPath', path);
      assert.equal(failureCodeOf(await tested.sandbox.write(path, 'no')), 'badPath', path);
    }
    assert.equal(failureCodeOf(await tested.sandbox.write('links/out/lucid-was-here', 'no')), 'badPath');
    assert.equal(await tested.readRefusal('links/dangling'), 'noSuchFile');
    assert.ok(
      !(await tested.listPaths()).some((path) => path.startsWith(`${workspace}/links/out/`)),
      'the tree does not enter',
    );
  });

  test('a folder is listed under the path that names it, also one that trees leave out and a link to one', async () => {
    await tested.write('listed/real/deep/file', 'text');
    await tested.write('listed/node_modules/a/index.js', '');
    await tested.run(
      `cd listed; ln -s real link; ln -s "${tested.sandbox.root}/listed/real" absolute; ln -s link/deep twice; ln -s self self; ` +
        'ln -s /etc out; ln -s ../../.. up; ln -s real/deep/file plain; ln -s nowhere dangling; cd ..',
    );
    const below = async (folder: string) =>
      pathsOf(unwrap(await tested.sandbox.list(folder)).tree).map((path) =>
        path.slice(`${workspace}/${folder}/`.length),
      );
    for (const folder of ['listed/real', 'listed/link', 'listed/absolute'])
      assert.deepEqual(await below(folder), ['deep', 'deep/file'], folder);
    assert.deepEqual(await below('listed/twice'), ['file']);
    assert.deepEqual(await below('listed/link/deep'), ['file']);
    assert.deepEqual(await below('listed/node_modules'), ['a', 'a/index.js']);
    for (const path of ['out', 'up', 'self'])
      assert.equal(failureCodeOf(await tested.sandbox.list(`listed/${path}`)), 'badPath', path);
    for (const path of ['..', '/etc', '~'])
      assert.equal(failureCodeOf(await tested.sandbox.list(path)), 'badPath', path);
    for (const path of ['plain', 'dangling', 'missing', 'real/deep/file'])
      assert.equal(failureCodeOf(await tested.sandbox.list(`listed/${path}`)), 'noSuchFile', path);
    assert.deepEqual(await tested.read('listed/absolute/deep/file'), { content: 'text' });
    await tested.write('listed/absolute/new/file', 'written');
    assert.deepEqual(await tested.read('listed/real/new/file'), { content: 'written' });
  });
}

function testWhole(tested: TestedSandbox): void {
  test('a sandbox says what it uses', async () => {
    const bytes = 500_000;
    await tested.write('large', 'x'.repeat(bytes));
    await tested.run('ls');
    const usage = unwrap(await tested.sandbox.measureUsage());
    for (const figure of Object.values(usage)) assert.ok(figure === null || (figure >= 0 && figure < 1e15));
    assert.ok(usage.diskBytes !== null && usage.diskBytes >= bytes);
    const { processes, memoryBytes, cpuMs } = usage;
    if (tested.sandbox.kind === 'memory') assert.deepEqual([processes, memoryBytes, cpuMs], [null, null, null]);
    else assert.ok(Number(processes) > 0 && Number(memoryBytes) > 0 && cpuMs !== null);
  });

  test('two sandboxes share no files', async () => {
    const other = await tested.openAnother();
    await tested.write('mine', 'mine');
    assert.equal(failureCodeOf(await other.read('mine')), 'noSuchFile');
    await other.close();
    assert.deepEqual(await tested.read('mine'), { content: 'mine' });
  });

  test('a closed sandbox holds nothing, and can be closed again', async () => {
    const closed = await tested.openAnother();
    unwrap(await closed.write('file', 'text'));
    await closed.close();
    assert.notEqual(failureCodeOf(await closed.read('file')), '');
    await closed.close();
  });
}

const file = (path: string) => ({
  name: path.slice(path.lastIndexOf('/') + 1),
  type: 'file',
  path: `${workspace}/${path}`,
});
