// What every sandbox does, whatever it is made of: one suite, run by the tests of each.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { limits } from '../../schema/limits.ts';
import { type Sandbox, workspace } from '../sandbox.ts';
import { hiddenFolders } from '../workspace/workspace-path.ts';
import { testBashContract } from './bash-contract.ts';
import { failureCodeOf, pathsOf, TestedSandbox, unwrap } from './tested-sandbox.ts';

export type SandboxAbilities = {
  /** Commands are run by a real bash, on a real file system. */
  bash: boolean;
};

/** Registers the suite. @param open makes a fresh sandbox, which the suite closes */
export function testSandboxContract(name: string, open: () => Promise<Sandbox>, abilities: SandboxAbilities): void {
  describe(`${name} conforms to the contract`, () => {
    const held = new TestedSandbox(open);
    before(() => held.open());
    after(() => held.sandbox.close());
    describe('files', () => {
      testContents(held);
      testRefusals(held);
    });
    describe('commands', () => testCommands(held));
    describe('links', () => testLinks(held));
    if (abilities.bash) describe('bash', () => testBashContract(held));
    describe('the whole', () => testWhole(held));
  });
}

function testContents(held: TestedSandbox): void {
  test('what is written is read, under relative and absolute paths, with the folders that it needs', async () => {
    await held.write('round/trip/a.txt', 'text\nwith lines\n');
    for (const path of ['round/trip/a.txt', `${workspace}/round/trip/a.txt`, './round/../round/trip/a.txt'])
      assert.deepEqual(await held.read(path), { content: 'text\nwith lines\n' });
    await held.write('round/trip/a.txt', 'shorter');
    assert.deepEqual(await held.read('round/trip/a.txt'), { content: 'shorter' });
    await held.write('round/empty', '');
    assert.deepEqual(await held.read('round/empty'), { content: '' });
  });

  test('names and contents of any script, with newlines, quotes and blanks', async () => {
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
      await held.write(`names/${name}`, `${name}\ufeff😀`);
      assert.deepEqual(await held.read(`names/${name}`), { content: `${name}\ufeff😀` }, JSON.stringify(name));
      assert.ok((await held.listPaths()).includes(`${workspace}/names/${name}`), JSON.stringify(name));
    }
  });

  test('parts are read by offset and length, in bytes, and say how large the whole is', async () => {
    await held.write('part', 'zero one two');
    const part = (content: string) => ({ content, size: 12 });
    assert.deepEqual(await held.read('part', { offset: 5, length: 3 }), part('one'));
    assert.deepEqual(await held.read('part', { offset: 9 }), part('two'));
    assert.deepEqual(await held.read('part', { length: 4 }), part('zero'));
    assert.deepEqual(await held.read('part', { offset: 9, length: 1_000 }), part('two'));
    assert.deepEqual(await held.read('part', { offset: 12 }), part(''));
    assert.deepEqual(await held.read('part', { offset: 1e15, length: 1 }), part(''));
    assert.deepEqual(await held.read('part', { length: 0 }), part(''));
    assert.deepEqual(await held.read('part', { offset: 0, length: 12 }), { content: 'zero one two' });
  });

  test('what is not text comes in base64: a part that cuts a character, or bytes with NUL', async () => {
    await held.write('euro', '€');
    const cut = { content: Buffer.from('€').subarray(0, 2).toString('base64'), encoding: 'base64', size: 3 };
    assert.deepEqual(await held.read('euro', { length: 2 }), cut);
    await held.write('nul', 'a\0b');
    assert.deepEqual(await held.read('nul'), { content: Buffer.from('a\0b').toString('base64'), encoding: 'base64' });
  });
}

function testRefusals(held: TestedSandbox): void {
  test('a file over the limit is read in parts only', async () => {
    await held.write('large', 'x'.repeat(limits.fileBytesMax));
    assert.equal((await held.read('large')).content.length, limits.fileBytesMax);
    await held.write('large', `${'x'.repeat(limits.fileBytesMax)}yz`);
    assert.equal(await held.readRefusal('large'), 'fileTooLarge');
    assert.equal((await held.read('large', { offset: limits.fileBytesMax, length: 10 })).content, 'yz');
    const size = limits.fileBytesMax + 2;
    assert.equal((await held.read('large', { length: size })).content.length, limits.fileBytesMax);
  });

  test('what is no file, and paths that lead nowhere, are refused in words', async () => {
    await held.write('folder/file', 'text');
    assert.equal(await held.readRefusal('missing'), 'noSuchFile');
    assert.equal(await held.readRefusal('folder/missing/file'), 'noSuchFile');
    assert.equal(await held.readRefusal('folder'), 'notAFile');
    assert.equal(await held.readRefusal(workspace), 'notAFile');
    for (const [path, content] of [
      ['folder', ''],
      ['folder/file/below', ''],
      [workspace, ''],
    ] as const)
      assert.equal(failureCodeOf(await held.sandbox.write(path, content)), 'notAFile', path);
    assert.deepEqual(await held.read('folder/file'), { content: 'text' });
  });

  test('no path leads out of the workspace', async () => {
    const outside = ['..', '../etc/passwd', '/etc/passwd', '/', 'a/../../etc/passwd', `${workspace}2/a`, '', 'a\0b'];
    for (const path of [...outside, 'x'.repeat(5_000), `a/${'b/'.repeat(2_500)}c`]) {
      assert.equal(await held.readRefusal(path), 'badPath', path.slice(0, 50));
      assert.equal(failureCodeOf(await held.sandbox.write(path, 'no')), 'badPath', path.slice(0, 50));
    }
  });

  test('the home of commands is no folder named ~', async () => {
    for (const path of ['~', '~/notes.txt', '~/../workspace/a']) {
      assert.equal(await held.readRefusal(path), 'badPath', path);
      assert.equal(failureCodeOf(await held.sandbox.write(path, 'no')), 'badPath', path);
    }
    await held.write('./~/file', 'text');
    assert.deepEqual(await held.read('./~/file'), { content: 'text' });
    await held.write('~tilde', 'text');
  });

  test('the tree shows folders and files by name, without what tools make', async () => {
    for (const hidden of hiddenFolders) await held.write(`shown/${hidden}/file`, '');
    await held.write('shown/.gitignore', '');
    await held.write('shown/b/file', '');
    await held.write('shown/a', '');
    const { tree } = unwrap(await held.sandbox.list());
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

function testCommands(held: TestedSandbox): void {
  test('a command gives its output and exit code', async () => {
    assert.deepEqual(await held.run('echo hello'), { kind: 'exited', output: 'hello\n', exitCode: 0 });
    assert.deepEqual(await held.run('true'), { kind: 'exited', output: '', exitCode: 0 });
    const failing = await held.run('no-such-command-here');
    assert.ok(failing.kind === 'exited' && failing.exitCode === 127);
  });

  test('commands and files see the same workspace', async () => {
    await held.write('seen/by-command', 'from a file\n');
    assert.equal(await held.readOutput('cat seen/by-command'), 'from a file\n');
    assert.equal(await held.readOutput(`cat "${held.sandbox.root}/seen/by-command"`), 'from a file\n');
    await held.run('echo from a command > seen/by-file');
    assert.deepEqual(await held.read('seen/by-file'), { content: 'from a command\n' });
  });

  test('the working folder lasts; paths of files are from the workspace all the same', async () => {
    await held.write('lasts/here', 'here\n');
    await held.run('cd lasts');
    assert.equal(await held.readOutput('cat here'), 'here\n');
    assert.deepEqual(await held.read('lasts/here'), { content: 'here\n' });
    await held.write('lasts/too', 'too\n');
    assert.equal(await held.readOutput('cat too; cd ..'), 'too\n');
  });

  test('a command that was cancelled before it began has no effect', async () => {
    const result = await held.run('touch cancelled', { signal: AbortSignal.abort() });
    assert.deepEqual(result, { kind: 'cancelled', output: '' });
    assert.equal(await held.readRefusal('cancelled'), 'noSuchFile');
  });

  test('commands that are asked for at once run one after the other', async () => {
    const results = await Promise.all(['one', 'two', 'three'].map((word) => held.run(`echo ${word}`)));
    assert.deepEqual(
      results.map(({ output }) => output),
      ['one\n', 'two\n', 'three\n'],
    );
  });
}

function testLinks(held: TestedSandbox): void {
  test('links are followed inside the workspace, and nowhere else', async () => {
    await held.write('links/real/file', 'text');
    await held.run(
      'ln -s real links/folder; ln -s real/file links/direct; ln -s /etc links/out; ln -s /etc/hostname links/host; ' +
        'ln -s ../../.. links/up; ln -s self links/self; ln -s nowhere links/dangling',
    );
    for (const path of ['links/folder/file', 'links/direct'])
      assert.deepEqual(await held.read(path), { content: 'text' });
    for (const path of ['links/out/passwd', 'links/host', 'links/up/etc/passwd', 'links/out', 'links/self']) {
      assert.equal(await held.readRefusal(path), 'badPath', path);
      assert.equal(failureCodeOf(await held.sandbox.write(path, 'no')), 'badPath', path);
    }
    assert.equal(failureCodeOf(await held.sandbox.write('links/out/lucid-was-here', 'no')), 'badPath');
    assert.equal(await held.readRefusal('links/dangling'), 'noSuchFile');
    assert.ok(
      !(await held.listPaths()).some((path) => path.startsWith(`${workspace}/links/out/`)),
      'the tree does not enter',
    );
  });

  test('a folder is listed under the path that names it, a link to one and one that trees leave out too', async () => {
    await held.write('listed/real/deep/file', 'text');
    await held.write('listed/node_modules/a/index.js', '');
    await held.run(
      `cd listed; ln -s real link; ln -s "${held.sandbox.root}/listed/real" absolute; ln -s link/deep twice; ln -s self self; ` +
        'ln -s /etc out; ln -s ../../.. up; ln -s real/deep/file plain; ln -s nowhere dangling; cd ..',
    );
    const below = async (folder: string) =>
      pathsOf(unwrap(await held.sandbox.list(folder)).tree).map((path) => path.slice(`${workspace}/${folder}/`.length));
    for (const folder of ['listed/real', 'listed/link', 'listed/absolute'])
      assert.deepEqual(await below(folder), ['deep', 'deep/file'], folder);
    assert.deepEqual(await below('listed/twice'), ['file']);
    assert.deepEqual(await below('listed/link/deep'), ['file']);
    assert.deepEqual(await below('listed/node_modules'), ['a', 'a/index.js']);
    for (const path of ['out', 'up', 'self'])
      assert.equal(failureCodeOf(await held.sandbox.list(`listed/${path}`)), 'badPath', path);
    for (const path of ['..', '/etc', '~']) assert.equal(failureCodeOf(await held.sandbox.list(path)), 'badPath', path);
    for (const path of ['plain', 'dangling', 'missing', 'real/deep/file'])
      assert.equal(failureCodeOf(await held.sandbox.list(`listed/${path}`)), 'noSuchFile', path);
    assert.deepEqual(await held.read('listed/absolute/deep/file'), { content: 'text' });
    await held.write('listed/absolute/new/file', 'written');
    assert.deepEqual(await held.read('listed/real/new/file'), { content: 'written' });
  });
}

function testWhole(held: TestedSandbox): void {
  test('it says what it uses', async () => {
    const usage = unwrap(await held.sandbox.measureUsage());
    for (const figure of [usage.memoryBytes, usage.cpuMs, usage.processes]) assert.ok(figure >= 0 && figure < 1e12);
  });

  test('sandboxes have nothing in common', async () => {
    const other = await held.openAnother();
    await held.write('mine', 'mine');
    assert.equal(failureCodeOf(await other.read('mine')), 'noSuchFile');
    await other.close();
    assert.deepEqual(await held.read('mine'), { content: 'mine' });
  });

  test('a closed sandbox holds nothing, and can be closed again', async () => {
    const closed = await held.openAnother();
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
