// What a sandbox tells of its workspace's changes: against the empty folder, and where it has git against a commit.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Change, FileDiff } from '../../schema/change.ts';
import { limits } from '../../schema/limits.ts';
import type { ChangesBase } from '../changes/changes-base.ts';
import { workspace } from '../sandbox.ts';
import { failureCodeOf, type TestedSandbox, unwrap } from './tested-sandbox.ts';

const emptyFolder: ChangesBase = { folder: workspace, commit: null };
const repository = `${workspace}/repo`;

const added = (path: string, lines: number): Change => ({
  path: `${workspace}/${path}`,
  kind: 'added',
  added: lines,
  removed: 0,
});

export function testNewFiles(tested: TestedSandbox): void {
  test('without a repository all files are new, but those that tools make', async () => {
    await tested.run('rm -rf a b node_modules listed links shown names round');
    await tested.write('fresh/two.txt', 'one\ntwo\n');
    await tested.write('fresh/cut.txt', 'one\ntwo');
    await tested.write('fresh/empty.txt', '');
    await tested.write('fresh/node_modules/x/index.js', 'x\n');
    await tested.write('fresh/nul.bin', 'a\0b');
    const { changes, isCut } = unwrap(await tested.sandbox.listChanges(emptyFolder));
    const fresh = changes.filter(({ path }) => path.startsWith(`${workspace}/fresh/`));
    assert.deepEqual(
      [fresh, isCut],
      [
        [
          added('fresh/cut.txt', 2),
          added('fresh/empty.txt', 0),
          { ...added('fresh/nul.bin', 0), binary: true },
          added('fresh/two.txt', 2),
        ],
        false,
      ],
    );
    const { diff, ...change } = unwrap(await tested.sandbox.readDiff('fresh/two.txt', emptyFolder));
    assert.deepEqual(change, added('fresh/two.txt', 2));
    assert.match(diff, /^diff --git a\/fresh\/two.txt b\/fresh\/two.txt\nnew file mode 100644\n/);
    assert.match(diff, /--- \/dev\/null\n\+\+\+ b\/fresh\/two.txt\n@@ -0,0 \+1,2 @@\n\+one\n\+two\n$/);
    assert.match(await diffOf('fresh/cut.txt'), /\+two\n\\ No newline at end of file\n$/);
    assert.match(await diffOf('fresh/nul.bin'), /\nBinary files \/dev\/null and b\/fresh\/nul.bin differ\n$/);
    assert.equal(await refusalOf('fresh/missing'), 'noSuchFile');
    assert.equal(await refusalOf('fresh'), 'noSuchFile');
    assert.equal(await refusalOf('../etc/passwd'), 'badPath');
  });

  test('a diff of many bytes is cut at a line and says so', async () => {
    await tested.write('fresh/long.txt', `${'x'.repeat(99)}\n`.repeat(11_000));
    const diff = unwrap(await tested.sandbox.readDiff('fresh/long.txt', emptyFolder));
    assert.equal(diff.truncated, true);
    assert.equal(diff.added, 11_000);
    assert.ok(diff.diff.length > 0.99 * limits.diffBytesMax && diff.diff.length <= limits.diffBytesMax);
    await tested.run('rm fresh/long.txt');
  });

  const diffOf = async (path: string) => unwrap(await tested.sandbox.readDiff(path, emptyFolder)).diff;
  const refusalOf = async (path: string) => failureCodeOf(await tested.sandbox.readDiff(path, emptyFolder));
}

/** Files as a commit has them, and then as an agent leaves them. */
const makeRepository = `rm -rf repo; git init -q repo && cd repo && git config user.email a@example.com && git config user.name a &&
  printf 'a\\nb\\nc\\n' >changed && seq 30 >old-name && echo gone >gone && printf '\\0\\1' >binary && echo ignored >.gitignore &&
  mkdir dir && echo 1 >dir/file && ln -s changed link && git add . && git commit -qm base; git rev-parse HEAD; cd ..`;
const changeRepository = `cd repo && printf 'a\\nB\\nc\\n' >changed && git mv old-name new-name && echo 31 >>new-name && git rm -q gone &&
  git commit -qam work && printf '\\0\\2' >binary && echo x >ignored && echo new >'new file' && rm -r dir && echo 2 >dir &&
  chmod +x .gitignore; cd ..`;

export function testRepositoryChanges(tested: TestedSandbox): void {
  const shown = (base: ChangesBase) => listShown(tested, base);
  const makeBase = async (): Promise<ChangesBase> => ({
    folder: repository,
    commit: (await tested.readOutput(makeRepository)).trim(),
  });

  test('what was changed since the base is told, whether it is committed or not', async () => {
    const base = await makeBase();
    assert.deepEqual(await shown(base), []);
    await tested.run(changeRepository);
    const changes = [
      'modified .gitignore +0 -0',
      'modified binary binary',
      'modified changed +1 -1',
      'added dir +1 -0',
      'deleted dir/file +0 -1',
      'deleted gone +0 -1',
      'added new file +1 -0',
      'renamed old-name to new-name +1 -0',
    ];
    assert.deepEqual((await shown(base)).sort(), changes.sort());
    const status = await tested.readOutput('git -C repo status --porcelain');
    assert.match(status, /\?\? "new file"/, 'and the repository is left as it was');
    await tested.run('cd repo && git checkout -q -b side && git add -A && git commit -qm more && git gc -q; cd ..');
    assert.deepEqual((await shown(base)).sort(), changes.sort(), 'on another branch, too');
  });

  test('one file’s diff is unified, of a renamed file against its old name, and refused where nothing changed', async () => {
    const base = await makeBase();
    await tested.run(changeRepository);
    const read = async (path: string): Promise<FileDiff> => unwrap(await tested.sandbox.readDiff(path, base));
    const changed = await read('repo/changed');
    assert.deepEqual([changed.kind, changed.added, changed.removed, changed.truncated], ['modified', 1, 1, undefined]);
    assert.match(changed.diff, /^diff --git a\/changed b\/changed\n.*\n@@ -1,3 \+1,3 @@\n a\n-b\n\+B\n c\n$/s);
    const renamed = await read(`${repository}/new-name`);
    assert.deepEqual([renamed.kind, renamed.oldPath], ['renamed', `${repository}/old-name`]);
    assert.match(renamed.diff, /rename from old-name\nrename to new-name\n/);
    assert.deepEqual((await read('repo/binary')).binary, true);
    assert.match((await read('repo/gone')).diff, /\n\+\+\+ \/dev\/null\n@@ -1 \+0,0 @@\n-gone\n$/);
    for (const path of ['repo/link', 'repo/ignored', 'repo/missing', 'repo', 'elsewhere', '.'])
      assert.equal(failureCodeOf(await tested.sandbox.readDiff(path, base)), 'noSuchFile', path);
  });

  test('an empty repository begins with nothing', async () => {
    await tested.run('rm -rf repo; git init -q repo; echo first >repo/first; git -C repo add .');
    assert.deepEqual(await shown({ folder: repository, commit: null }), ['added first +1 -0']);
  });

  test('files of repositories that the agent made are new files where there was none', async () => {
    await tested.run(
      'rm -rf fresh repo; git init -q made/app; mkdir made/app/deep; echo 1 >made/app/deep/a; cd made/app',
    );
    await tested.run('echo built >.gitignore; echo x >built; git add .; cd ../..; git init -q .');
    const changes = (await shown(emptyFolder)).filter((line) => line.includes('made/'));
    assert.deepEqual(changes, ['added made/app/.gitignore +1 -0', 'added made/app/deep/a +1 -0']);
    await tested.run('rm -rf made .git');
  });

  testHostileRepositories(tested, makeBase);
}

function testHostileRepositories(tested: TestedSandbox, makeBase: () => Promise<ChangesBase>): void {
  const shown = (base: ChangesBase) => listShown(tested, base);

  test('nothing that a repository names is run: no hook, filter, driver, monitor, pager or alias', async () => {
    const base = await makeBase();
    await tested.run(`cd repo; run='touch ${tested.sandbox.root}/ran; cat'
      for name in core.fsmonitor core.pager diff.external diff.x.command diff.x.textconv filter.x.clean filter.x.process \\
        filter.x.smudge core.sshCommand alias.diff-index core.askPass core.editor
      do git config $name "$run"; git config --global $name "$run"; done
      git config filter.x.required true; git config core.hooksPath "$PWD/hooks"; mkdir -p hooks
      for name in post-index-change pre-commit post-checkout; do printf '#!/bin/sh\\n%s\\n' "$run" >hooks/$name; chmod +x hooks/$name; done
      echo '* filter=x diff=x' >.gitattributes; cp .gitattributes .git/info/attributes; echo more >>changed
      mkdir bin; printf '#!/bin/sh\\n%s\\n' "$run" >bin/git; chmod +x bin/git; export PATH_BEFORE=$PATH PATH=$PWD/bin:$PATH GIT_EXTERNAL_DIFF="$run"
      rm -f ../ran; cd ..`);
    assert.ok((await shown(base)).includes('modified changed +1 -0'));
    unwrap(await tested.sandbox.readDiff('repo/changed', base));
    await tested.run('unset GIT_EXTERNAL_DIFF; PATH=$PATH_BEFORE; rm -f ~/.gitconfig');
    assert.equal(await tested.readOutput('ls ran 2>/dev/null'), '');
  });

  test('names of any bytes are told, and the diff of each is found by its name as it is shown', async () => {
    const base = await makeBase();
    const names = [
      'line\nbreak',
      'tab\there',
      '"quoted"',
      '-rf',
      '$(touch ran)',
      '*',
      'a\\b',
      ' ',
      'é',
      ':x',
      '|',
      '&',
    ];
    for (const name of names) await tested.write(`repo/${name}`, 'x\n');
    await tested.run(`printf 'x\\n' >repo/$'latin\\xe9'; mkdir -p repo/.GIT; echo x >repo/.GIT/config`);
    const expected = [...names, 'latin\ufffd'].map((name) => `added ${name} +1 -0`);
    assert.deepEqual((await shown(base)).sort(), expected.sort());
    for (const name of [...names, 'latin\ufffd'])
      assert.match(unwrap(await tested.sandbox.readDiff(`./repo/${name}`, base)).diff, /\n\+x\n$/, name);
  });

  test('links lead nowhere: they are compared as links, and a repository that is one is refused', async () => {
    const base = await makeBase();
    await tested.run('cd repo; rm changed; ln -s /etc/passwd changed; rm -r dir; ln -s /etc dir; ln -s / root; cd ..');
    assert.deepEqual((await shown(base)).sort(), [
      'added dir +1 -0',
      'added root +1 -0',
      'deleted dir/file +0 -1',
      'modified changed +1 -3',
    ]);
    assert.match(unwrap(await tested.sandbox.readDiff('repo/dir', base)).diff, /\+\/etc\n/);
    assert.equal(failureCodeOf(await tested.sandbox.readDiff('repo/dir/passwd', base)), 'noSuchFile');
    for (const replaced of [
      'ln -s /etc repo',
      'ln -s moved repo',
      'true',
      'mkdir repo',
      'mkdir repo; ln -s ../moved/.git repo',
    ]) {
      await tested.run(`rm -rf moved; mv repo moved; ${replaced}`);
      assert.equal(failureCodeOf(await tested.sandbox.listChanges(base)), 'noBase', replaced);
      await tested.run('rm -rf repo; mv moved repo');
    }
    const lost = { ...base, commit: '0123456789012345678901234567890123456789' };
    assert.equal(failureCodeOf(await tested.sandbox.listChanges(lost)), 'noBase');
    await tested.run('rm -rf repo');
  });

  test('more new files than are told are cut, and said to be more', async () => {
    const base = await makeBase();
    await tested.run(
      `mkdir repo/many; cd repo/many; for n in {1..${limits.changesMax + 1}}; do echo >$n; done; cd ../..`,
    );
    const { changes, isCut } = unwrap(await tested.sandbox.listChanges(base));
    assert.deepEqual([changes.length, isCut], [limits.changesMax, true]);
    await tested.run('rm -rf repo');
  });
}

/** Lists changes as lines, by path. */
async function listShown(tested: TestedSandbox, base: ChangesBase): Promise<string[]> {
  const { changes, isCut } = unwrap(await tested.sandbox.listChanges(base));
  assert.equal(isCut, false);
  const nameOf = (path: string) => path.slice(base.folder.length + 1);
  return changes.map(({ path, kind, oldPath, added, removed, binary }) => {
    const name = oldPath === undefined ? nameOf(path) : `${nameOf(oldPath)} to ${nameOf(path)}`;
    return `${kind} ${name} ${binary ? 'binary' : `+${added} -${removed}`}`;
  });
}
