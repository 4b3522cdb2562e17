// What a sandbox gives of its workspace as a whole: everything that it holds, and the patch of its changes.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { limits } from '../../schema/limits.ts';
import type { ChangesBase } from '../changes/changes-base.ts';
import { workspace } from '../sandbox.ts';
import { failureCodeOf, type TestedSandbox, unwrap } from './tested-sandbox.ts';

const emptyFolder: ChangesBase = { folder: workspace, commit: null };

export function testWholeWorkspace(tested: TestedSandbox): void {
  test('everything is listed with its kind, size and links, folders before what is in them, without .git', async () => {
    await tested.write('all/deep/file', 'text\n');
    await tested.write('all/node_modules/x', '');
    await tested.write('all/.git/config', 'not this');
    await tested.run('ln -s /etc/passwd all/link');
    const listed = unwrap(await tested.sandbox.listAll()).filter(({ path }) => /^all(\/|$)/.test(path));
    const shown = listed.map(({ path, kind, size, target }) => ({
      path,
      kind,
      size: kind === 'file' ? size : 0,
      target,
    }));
    const entry = (path: string, kind: string, size = 0, target?: string) => ({ path, kind, size, target });
    assert.deepEqual(shown.toSorted(byPath), [
      entry('all', 'folder'),
      entry('all/deep', 'folder'),
      entry('all/deep/file', 'file', 5),
      entry('all/link', 'link', 0, '/etc/passwd'),
      entry('all/node_modules', 'folder'),
      entry('all/node_modules/x', 'file'),
    ]);
    const places = listed.map(({ path }) => path);
    assert.ok(places.indexOf('all/deep') < places.indexOf('all/deep/file'));
  });

  test('a listed file is read part by part, and nothing else is', async () => {
    const bytes = randomBytes(limits.fileBytesMax + 3);
    unwrap(await tested.sandbox.write('all/large', bytes));
    const first = unwrap(await tested.sandbox.readBytes('all/large', 0));
    const second = unwrap(await tested.sandbox.readBytes('all/large', limits.fileBytesMax));
    assert.deepEqual([first.size, second.size], [bytes.length, bytes.length]);
    assert.ok(Buffer.concat([first.bytes, second.bytes]).equals(bytes));
    assert.equal(unwrap(await tested.sandbox.readBytes('all/large', bytes.length)).bytes.length, 0);
    for (const path of ['all', 'all/missing', 'all/link', '../../etc/passwd'])
      assert.match(failureCodeOf(await tested.sandbox.readBytes(path, 0)), /^(noSuchFile|notAFile|badPath)$/, path);
    await tested.run('rm -rf all');
  });
}

export function testWholeWithGit(tested: TestedSandbox): void {
  test('files whose names are not UTF-8 are listed and read by them, with their rights', async () => {
    await tested.run(
      `mkdir -p raw/$'d\\xe9'; printf held >raw/$'d\\xe9'/$'\\xff\\n'; chmod 751 raw/$'d\\xe9'/*; mkfifo raw/pipe`,
    );
    const listed = unwrap(await tested.sandbox.listAll()).filter(({ path }) => path.startsWith('raw'));
    assert.deepEqual(listed.map(({ path }) => path).sort(), ['raw', 'raw/d\udce9', 'raw/d\udce9/\udcff\n']);
    const file = listed.find(({ kind }) => kind === 'file');
    assert.equal(file?.mode, 0o751);
    assert.equal(Buffer.from(unwrap(await tested.sandbox.readBytes(file.path, 0)).bytes).toString(), 'held');
    await tested.run('rm -rf raw');
  });

  test('the patch of all changes makes of the base what the workspace is', async () => {
    await tested.run(`rm -rf repo; git init -q repo; cd repo; git config user.email a@example.com; git config user.name a
      seq 100 >a; printf '\\0\\1\\2' >bin; echo gone >gone; git add .; git commit -qm base; cd ..`);
    const commit = (await tested.readOutput('git -C repo rev-parse HEAD')).trim();
    const base = { folder: `${workspace}/repo`, commit };
    await tested.run(`cd repo; git mv a b; echo 101 >>b; printf '\\0\\3' >bin; rm gone; echo new >'new file'; head -c 1500000 /dev/urandom >random
      git add b; git commit -qm more; cd ..`);
    const patch = unwrap(await tested.sandbox.makePatch(base));
    const parts: Uint8Array[] = [];
    for (let read = 0; read < patch.size; read += parts.at(-1)?.length ?? patch.size)
      parts.push(unwrap(await tested.sandbox.readPatch(patch, read)));
    assert.equal(parts.length, Math.ceil(patch.size / limits.fileBytesMax));
    unwrap(await tested.sandbox.write('all.patch', Buffer.concat(parts)));
    const applied =
      await tested.run(`git -C repo worktree add -q ../other ${commit} && cd other && git apply ../all.patch; cd ..
      diff -r --exclude=.git repo other && echo same`);
    assert.equal(applied.output, 'same\n');
    assert.equal(
      failureCodeOf(await tested.sandbox.readPatch(patch, 0)),
      'sandboxFailed',
      'it is removed with its end',
    );
    assert.equal(failureCodeOf(await tested.sandbox.readPatch({ id: '../../x', size: 1 }, 0)), 'sandboxFailed');
    await tested.run('rm -rf repo other all.patch');
  });

  test('a patch that is too large is refused, and so are many that nobody reads', async () => {
    await tested.run(`head -c ${limits.patchBytesMax} /dev/urandom >random`);
    assert.equal(failureCodeOf(await tested.sandbox.makePatch(emptyFolder)), 'fileTooLarge');
    await tested.run('rm random');
    const codes: string[] = [];
    for (let made = 0; made < 9; made++) codes.push(failureCodeOf(await tested.sandbox.makePatch(emptyFolder)));
    assert.deepEqual(codes, [...Array.from({ length: 8 }, () => ''), 'overloaded']);
    await tested.run('rm -rf ~/.cache/lucid/patches');
  });
}

const byPath = (a: { path: string }, b: { path: string }): number => (a.path < b.path ? -1 : 1);
