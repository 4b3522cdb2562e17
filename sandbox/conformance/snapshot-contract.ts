// What a sandbox does for keeping its workspace elsewhere: what is taken in one comes back in another, and nothing of it is run.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Sandbox } from '../sandbox.ts';
import { snapshotFileBytesMax } from '../snapshot/snapshot-script.ts';
import type { TakenSnapshot, WorkspaceSnapshots } from '../snapshot/workspace-snapshots.ts';
import { failureCodeOf, TestedSandbox, unwrap } from './tested-sandbox.ts';

/** Where a sandbox keeps what it has taken. */
const ownFolder = '~/.cache/lucid/snapshots';
/** Of a repository, and of what is in it. */
const oddName = 'odd & | \\ name';
/** A file that is larger than what comes with an answer. */
const large = 'head -c 100000 /dev/urandom >large';
const commitAll = 'git add -Af && git -c user.name=a -c user.email=a@b commit -q';

/** A repository whose attributes, filters, hooks, monitor and submodule would each leave a file, or change another. */
const makeHostileRepository = `mkdir repo && cd repo && git init -q && git config user.email a@example.com && git config user.name a
printf '* text=auto eol=crlf\\n*.id ident\\n*.f filter=evil\\n*.u working-tree-encoding=UTF-16\\n' >.gitattributes
printf 'one\\ntwo\\r\\n' >mixed; echo '$Id: 1 $' >a.id; echo filtered >b.f; echo plain >c.u; printf '\\0\\377' >binary
printf '#!/bin/sh\\n' >script; chmod +x script; ln -s mixed link; mkdir deep; echo deep >deep/file; printf 'ignored\\n*.log\\n' >.gitignore
echo kept >tracked.log; git add -f tracked.log .gitignore; git -c core.hooksPath=/dev/null commit -qm base
for name in post-index-change pre-commit post-checkout reference-transaction; do
  printf '#!/bin/sh\\ntouch "$HOME/was-run"\\n' >.git/hooks/$name; chmod +x .git/hooks/$name
done
git config filter.evil.clean 'touch "$HOME/was-run"; cat'; git config filter.evil.smudge 'touch "$HOME/was-run"; cat'
git config filter.evil.required true; git config core.fsmonitor 'touch "$HOME/was-run"; false'
git init -q inner && echo inner >inner/file && mkdir sub && echo 'gitdir: ../.git/modules/sub' >sub/.git && echo sub >sub/file
echo lost >ignored; mkdir node_modules && echo lost >node_modules/index.js; cd ..`;

export function testSnapshots(tested: TestedSandbox): void {
  test('what is taken of a workspace comes back in a fresh one byte for byte, with its repository and nothing run', async (t) => {
    const [from, to] = await openBoth(t, tested);
    await from.run(makeHostileRepository);
    await from.write('beside/naïve 日本\n.txt', 'text\n');
    await from.run('printf x >"$(printf \'bad-\\377\')"; rm -f ~/was-run');
    const taken = await take(from);
    assert.deepEqual([taken.isBase, taken.leftOut], [true, 0]);
    await pass(taken, from, to);
    unwrap(await snapshotsOf(to).restore(taken.commit));
    assert.equal(await to.readOutput(digest), await from.readOutput(digest));
    for (const each of [from, to]) assert.equal(await each.readOutput('ls ~/was-run 2>/dev/null'), '');
    for (const path of ['repo/ignored', 'repo/node_modules/index.js'])
      assert.equal(failureCodeOf(await to.sandbox.read(path)), 'noSuchFile', path);
    assert.deepEqual(await to.read('repo/tracked.log'), { content: 'kept\n' });
    assert.deepEqual(await to.read('repo/sub/.git'), { content: 'gitdir: ../.git/modules/sub\n' });
    assert.match(await to.readOutput('git -c core.fsmonitor=false -C repo log --format=%s'), /^base$/m);
    assert.deepEqual(await to.run('git -C repo/inner status --porcelain'), {
      kind: 'exited',
      output: '?? file\n',
      exitCode: 0,
    });
  });

  test('after the first one only what has changed is taken, and commits that were never pushed are with it', async (t) => {
    const [from, to] = await openBoth(t, tested);
    await from.run(
      'git init -q repo; cd repo; git config user.email a@example.com; git config user.name a; seq 5000 >many; cd ..',
    );
    const base = await take(from);
    await pass(base, from, to);
    assert.equal(unwrap(await snapshotsOf(from).take(base.commit)), undefined);
    await from.run('cd repo; echo new >new; git add new; git commit -qm unpushed; rm many; seq 9 >many; cd ..');
    const difference = await take(from, base.commit);
    assert.equal(difference.isBase, false);
    assert.ok(difference.bytes < 5_000, String(difference.bytes));
    await pass(difference, from, to);
    unwrap(await snapshotsOf(to).restore(difference.commit));
    assert.equal(
      await to.readOutput('git -C repo log --format=%s; cat repo/new; wc -l <repo/many'),
      'unpushed\nnew\n9\n',
    );
    await to.write('repo/new', 'newer');
    const next = await take(to, difference.commit);
    assert.equal(next.isBase, false, 'and it goes on from there');
    assert.equal((await take(to, 'f'.repeat(40))).isBase, true, 'without what was before, all is taken');
  });

  test('files that are too large stay out and are named, and one that nobody may read holds nothing up', async (t) => {
    const from = await openOne(t, tested);
    await from.run(
      `truncate -s ${snapshotFileBytesMax + 1} large; truncate -s ${snapshotFileBytesMax} fits; mkfifo pipe`,
    );
    const { leftOut, leftOutNames } = await take(from);
    assert.deepEqual([leftOut, leftOutNames], [1, ['large']]);
  });

  test('a repository that is the workspace itself comes back with its commits and what it tracks', async (t) => {
    const [from, to] = await openBoth(t, tested);
    await from.run(
      `git init -q; echo '*.log' >.gitignore; echo one >a; echo two >b.log; ${commitAll} -m unpushed; echo lost >c.log`,
    );
    const taken = await take(from);
    await pass(taken, from, to);
    unwrap(await snapshotsOf(to).restore(taken.commit));
    assert.equal(await to.readOutput('git log --format=%s; git status --porcelain; ls'), 'unpushed\na\nb.log\n');
  });

  testChanges(tested);
  testTroubles(tested);
}

/** Nothing that has changed may be taken for what was seen before. */
function testChanges(tested: TestedSandbox): void {
  test('whatever changes a file is seen, and where nothing does nothing is taken', async (t) => {
    const [from, to] = await openBoth(t, tested);
    await from.run(
      `git init -q repo; git init -q '${oddName}'; cd repo; echo one >a; echo two >b; echo x >'${oddName}'; ${commitAll} -m a; cd ..; echo three >'${oddName}/c'; sleep 0.1`,
    );
    const base = await take(from);
    await pass(base, from, to);
    let last = base;
    for (const change of [
      'touch -r repo/a stamp; printf "ONE\\n" >repo/a; touch -r stamp repo/a',
      'mv repo/a swap; mv repo/b repo/a; mv swap repo/b',
      'chmod +x repo/a',
      'rm repo/a',
      'ln -s b repo/a',
      `echo four >'${oddName}/c'`,
      'git -C repo -c user.name=a -c user.email=a@b commit -q --allow-empty -m b',
      'git -C repo branch node_modules',
      'echo b >repo/.gitignore',
      'mkdir -p repo/deep/new && git init -q repo/deep/new',
      'rm -rf repo/deep/new/.git; echo gone >repo/deep/new/x',
    ]) {
      await from.run(`${change}; sleep 0.1`);
      last = await take(from, last.commit);
      assert.equal(unwrap(await snapshotsOf(from).take(last.commit)), undefined, change);
    }
    const all = await take(from, base.commit);
    await pass(all, from, to);
    unwrap(await snapshotsOf(to).restore(all.commit));
    const listed = `git -C repo log --format=%s; git -C repo branch --list; cat repo/a repo/deep/new/x '${oddName}/c'; ls -A '${oddName}' repo`;
    const shown = await from.readOutput(listed);
    assert.match(shown, /^b\na\n[\s\S]*node_modules\nONE\ngone\nfour\n/);
    assert.equal(await to.readOutput(listed), shown);
  });

  test('what a repository tracks in a folder that is hidden otherwise is seen, too, and named where it is too large', async (t) => {
    const from = await openOne(t, tested);
    const file = 'repo/node_modules/a';
    await from.run(
      `git init -q repo; cd repo; mkdir node_modules; echo one >node_modules/a; ${commitAll} -m a; cd ..; sleep 0.1`,
    );
    const base = await take(from);
    await from.run(`echo two >${file}; sleep 0.1`);
    const changed = await take(from, base.commit);
    await from.run(`truncate -s ${snapshotFileBytesMax + 1} ${file}`);
    const { leftOut, leftOutNames } = await take(from, changed.commit);
    assert.deepEqual([leftOut, leftOutNames], [1, [file]]);
  });

  test('what was taken and not stored is taken again, though nothing has changed since', async (t) => {
    const from = await openOne(t, tested);
    await from.run('echo one >a; sleep 0.1');
    const base = await take(from);
    await from.run('echo two >a; sleep 0.1');
    const lost = await take(from, base.commit);
    const again = await take(from, base.commit);
    assert.deepEqual([lost.isBase, again.isBase], [false, false]);
    assert.equal((await take(from)).isBase, true);
  });
}

function testTroubles(tested: TestedSandbox): void {
  test('of more repositories than are kept, the others are named', async (t) => {
    const from = await openOne(t, tested);
    await from.run('for n in $(seq 10 61); do mkdir -p r$n/.git && echo x >r$n/file; done');
    const { leftOut, leftOutNames } = await take(from);
    assert.deepEqual([leftOut, leftOutNames], [2, ['r60', 'r61']]);
  });

  test('after a snapshot that was killed on its way, or never fetched, the next one is taken all the same', async (t) => {
    const from = await openOne(t, tested);
    await from.run(`git init -q repo; ${large}`);
    const base = await take(from);
    await from.run(
      `(cd ${ownFolder}; for each in indexes/* git/HEAD git/refs/heads/last; do : >"$each.lock"; done); ${large}`,
    );
    const next = await take(from, base.commit);
    assert.equal(next.isBase, false);
    assert.equal(await from.readOutput(`ls ${ownFolder} | grep -c out-`), '1\n', 'what nobody fetches takes no room');
  });

  test('where what git has kept is damaged, all is taken anew', async (t) => {
    const [from, to] = await openBoth(t, tested);
    await from.run('git init -q repo; echo one >repo/a');
    const base = await take(from);
    await from.run(
      `find ${ownFolder}/git/objects -type f -exec chmod u+w {} + -exec truncate -s 0 {} +; echo two >repo/b`,
    );
    await snapshotsOf(from).take(base.commit); // Finds it.
    const again = await take(from, base.commit);
    assert.equal(again.isBase, true);
    await pass(again, from, to);
    unwrap(await snapshotsOf(to).restore(again.commit));
    assert.equal(await to.readOutput('cat repo/a repo/b'), 'one\ntwo\n');
  });

  test('a snapshot that names repositories outside of the workspace puts nothing there', async (t) => {
    const from = await openOne(t, tested);
    await from.run('git init -q repo; mkdir ~/away; ln -s ~/away link');
    const { commit } = await take(from);
    const forged = await from.readOutput(`export GIT_DIR=${ownFolder}/git
      paths=$(printf '../../outside\\0link\\0link/deeper\\0repo\\0%s/absolute\\0' "$HOME" | git hash-object -w --stdin)
      tree=$(git ls-tree ${commit} | grep files; printf '100644 blob %s\\tpaths\\n' $paths; for n in 1 2 3 5; do printf '100644 blob %s\\tgit-%s\\n' $paths $n; done
        printf '040000 tree %s\\tgit-4\\n' $(git rev-parse ${commit}:git-1))
      git -c user.name=a -c user.email=a@b commit-tree -m forged $(echo "$tree" | git mktree)`);
    await from.run('rm -rf repo');
    unwrap(await snapshotsOf(from).restore(forged.trim()));
    assert.equal(
      await from.readOutput('ls -d ../outside ../../outside ~/outside ~/absolute 2>/dev/null; ls -A ~/away'),
      '',
    );
    assert.equal(
      await from.readOutput('git -C repo rev-parse --is-inside-work-tree'),
      'true\n',
      'what is inside comes back',
    );
  });

  test('a bundle that is damaged, or lacks what it follows, is refused', async (t) => {
    const [from, to] = await openBoth(t, tested);
    await from.write('file', 'one');
    const base = await take(from);
    await from.write('file', 'two');
    const difference = await take(from, base.commit);
    unwrap(await snapshotsOf(to).addPart(unwrap(await snapshotsOf(from).readPart(difference, 0)), true));
    assert.equal(failureCodeOf(await snapshotsOf(to).takeOver()), 'sandboxFailed');
    unwrap(await snapshotsOf(to).addPart(Buffer.from('no bundle'), true));
    assert.equal(failureCodeOf(await snapshotsOf(to).takeOver()), 'sandboxFailed');
    assert.equal(failureCodeOf(await snapshotsOf(to).restore(base.commit)), 'sandboxFailed');
  });
}

export function testNoSnapshots(tested: TestedSandbox): void {
  test('a workspace in memory is kept by what is recorded, and needs no snapshots', () => {
    assert.equal(tested.sandbox.snapshots, undefined);
  });
}

/** Names, kinds, modes and contents of all files but those that stay out. */
const digest = `find . \\( -name ignored -o -name node_modules \\) -prune -o ! -type d -printf '%P %y %l ' \\
  \\( -type f -printf '%m ' -exec sh -c 'cksum <"$1"' sh {} \\; -o -printf '\\n' \\) | sed 's/ 4\\([04][04]\\) / 6\\1 /' | sort | cksum`;

type Closing = { after(act: () => Promise<void>): void };

async function openOne(t: Closing, tested: TestedSandbox): Promise<TestedSandbox> {
  const opened = await tested.openAnother();
  t.after(() => opened.close());
  return testedAs(opened);
}

const openBoth = async (t: Closing, tested: TestedSandbox): Promise<[TestedSandbox, TestedSandbox]> => [
  await openOne(t, tested),
  await openOne(t, tested),
];

function testedAs(sandbox: Sandbox): TestedSandbox {
  const tested = new TestedSandbox(async () => sandbox);
  tested.sandbox = sandbox;
  return tested;
}

function snapshotsOf({ sandbox }: { sandbox: Sandbox }): WorkspaceSnapshots {
  assert.ok(sandbox.snapshots);
  return sandbox.snapshots;
}

async function take(tested: TestedSandbox, parent?: string): Promise<TakenSnapshot> {
  const taken = unwrap(await snapshotsOf(tested).take(parent));
  assert.ok(taken, 'something has changed');
  return taken;
}

async function pass(taken: TakenSnapshot, from: TestedSandbox, to: TestedSandbox): Promise<void> {
  for (let offset = 0; offset < taken.bytes; ) {
    const part = unwrap(await snapshotsOf(from).readPart(taken, offset));
    unwrap(await snapshotsOf(to).addPart(part, offset === 0));
    offset += part.length;
  }
  unwrap(await snapshotsOf(to).takeOver());
}
