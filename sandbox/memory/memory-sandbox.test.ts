// The in-memory sandbox behaves like a small machine, and like one that nobody gets out of.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { limits } from '../../schema/limits.ts';
import { workspace } from '../sandbox.ts';
import { MemorySandbox, memoryBytesMax, memoryFilesMax } from './memory-sandbox.ts';

const endless = { timeoutMs: 1_000, signal: new AbortController().signal };

/** Runs lines in a fresh sandbox; resolves with what the last one said. */
async function said(...lines: string[]) {
  const sandbox = new MemorySandbox();
  let last = { output: '', exitCode: 0 };
  for (const line of lines) last = await run(sandbox, line);
  return last;
}

async function run(sandbox: MemorySandbox, line: string) {
  const result = await sandbox.run(line, endless);
  assert.ok(result.ok && result.value.kind === 'exited');
  return { output: result.value.output, exitCode: result.value.exitCode };
}

const outputOf = async (...lines: string[]) => (await said(...lines)).output;

/** The code of the failure, or the content. */
async function readOf(sandbox: MemorySandbox, path: string): Promise<string> {
  const file = await sandbox.read(path);
  return file.ok ? file.value.content : file.failure.code;
}

test('the mock agent can make a folder and a file in it, and run that', async () => {
  const sandbox = new MemorySandbox();
  await run(sandbox, 'mkdir -p /workspace/project');
  await sandbox.write('/workspace/project/hello.py', '# A greeting.\nprint("Hello from Lucid!")\n');
  assert.deepEqual(await run(sandbox, 'cd /workspace/project && python3 hello.py'), {
    output: 'Hello from Lucid!\n',
    exitCode: 0,
  });
  assert.equal(await outputOf('echo hi > a', 'python3 a'), '');
  assert.equal((await said('python3 missing.py')).exitCode, 1);
});

test('a change of folder lasts until the next one', async () => {
  assert.equal(await outputOf('mkdir -p a/b', 'cd a', 'cd b', 'pwd'), '/workspace/a/b\n');
  assert.equal(await outputOf('mkdir a', 'cd a', 'cd', 'pwd'), '/workspace\n');
  assert.equal(await outputOf('mkdir -p a/b', 'cd a/b', 'cd ..', 'pwd'), '/workspace/a\n');
  assert.deepEqual(await said('cd missing'), { output: 'cd: There is no file at that path.\n', exitCode: 1 });
  assert.equal((await said('touch a', 'cd a')).exitCode, 1);
  assert.equal(await outputOf('cd /', 'pwd'), '/workspace\n');
});

test('a written file is read and listed, with the folders that it needs', async () => {
  const sandbox = new MemorySandbox();
  assert.deepEqual(await sandbox.write('a/b.txt', 'text'), { ok: true, value: { path: '/workspace/a/b.txt' } });
  assert.equal(await readOf(sandbox, '/workspace/a/b.txt'), 'text');
  assert.deepEqual(await sandbox.list(), {
    ok: true,
    value: {
      tree: [
        {
          name: 'a',
          type: 'folder',
          path: '/workspace/a',
          children: [{ name: 'b.txt', type: 'file', path: '/workspace/a/b.txt' }],
        },
      ],
    },
  });
});

test('reading what is no file says why', async () => {
  const sandbox = new MemorySandbox();
  await sandbox.write('a/b.txt', '');
  assert.equal(await readOf(sandbox, 'a'), 'notAFile');
  assert.equal(await readOf(sandbox, workspace), 'notAFile');
  assert.equal(await readOf(sandbox, 'missing'), 'noSuchFile');
  for (const path of ['../etc/passwd', '/etc/passwd', '', 'a\0b']) assert.equal(await readOf(sandbox, path), 'badPath');
});

test('a file never becomes a folder and a folder never a file', async () => {
  const sandbox = new MemorySandbox();
  await sandbox.write('file', 'precious');
  await run(sandbox, 'mkdir folder');
  assert.equal((await sandbox.write('folder', '')).ok, false);
  assert.equal((await sandbox.write('/workspace', '')).ok, false);
  for (const line of ['mkdir file', 'mkdir -p file/below', 'touch file/below', 'echo x > file/below', 'ln -s x file'])
    assert.equal((await run(sandbox, line)).exitCode, 1, line);
  assert.equal(await readOf(sandbox, 'file'), 'precious');
});

test('touching a file keeps what it holds', async () => {
  assert.equal(await outputOf('echo kept > a', 'touch a b', 'cat a b'), 'kept\n');
});

test('a link that leaves the workspace is refused by read, write, cat, ls, cd and every other way in', async () => {
  const sandbox = new MemorySandbox();
  for (const line of ['ln -s / root', 'ln -s /etc/passwd secret', 'ln -s .. up', 'mkdir d', 'ln -s ../../etc d/etc'])
    await run(sandbox, line);
  for (const path of [
    'root/etc/passwd',
    'secret',
    'up/etc/passwd',
    'd/etc/passwd',
    'root',
    '/workspace/root/etc/passwd',
  ])
    assert.equal(await readOf(sandbox, path), 'badPath', path);
  assert.deepEqual(await sandbox.write('root/tmp/x', ''), await sandbox.read('root/tmp/x'));
  const lines = [
    'cat secret',
    'ls root',
    'cd up',
    'python3 secret',
    'touch root/x',
    'mkdir up/x',
    'echo > secret',
    'rm root/x',
  ];
  for (const line of lines) assert.match((await run(sandbox, line)).output, /must stay inside \/workspace/, line);
});

test('a link inside the workspace leads where it says, in the middle of a path and at its end', async () => {
  const sandbox = new MemorySandbox();
  await sandbox.write('real/file.txt', 'text');
  for (const line of ['ln -s real short', 'ln -s /workspace/short/file.txt direct', 'ln -s short again'])
    await run(sandbox, line);
  for (const path of ['short/file.txt', 'direct', 'again/file.txt'])
    assert.equal(await readOf(sandbox, path), 'text', path);
  await sandbox.write('short/new.txt', 'new');
  assert.equal(await readOf(sandbox, 'real/new.txt'), 'new');
  assert.equal((await run(sandbox, 'ls short')).output, 'file.txt\nnew.txt\n');
});

test('links that lead to each other end in a refusal', async () => {
  const sandbox = new MemorySandbox();
  for (const line of ['ln -s b a', 'ln -s a b', 'ln -s self self', 'ln -s grow/x grow']) await run(sandbox, line);
  for (const path of ['a', 'b', 'self', 'grow', 'grow/y']) assert.equal(await readOf(sandbox, path), 'badPath', path);
});

test('removing a link keeps what it leads to; removing a folder takes all that is in it', async () => {
  assert.equal(await outputOf('echo x > a', 'ln -s a b', 'rm b', 'cat a'), 'x\n');
  assert.equal(await outputOf('mkdir d', 'echo x > d/a', 'ln -s d l', 'rm l/a', 'ls d'), '');
  assert.equal(await outputOf('mkdir -p d/e', 'echo x > d/e/a', 'echo y > dd', 'rm -rf d', 'ls'), 'dd\n');
  assert.equal(await outputOf('echo x > a', 'rm -rf /workspace', 'ls'), '');
});

test('quotes and backslashes keep words together and separators literal', async () => {
  const echoes: [string, string][] = [
    [`echo 'a  b' "c  d" e\\ f`, 'a  b c  d e f'],
    [`echo 'a && b; c > d'`, 'a && b; c > d'],
    [`echo '>' ">" \\> '>>'`, '> > > >>'],
    [`echo "say \\"hi\\"" 'it'"'"'s'`, `say "hi" it's`],
    [`echo '' x`, ' x'],
    [`echo "$HOME" \\$HOME '\\n'`, '$HOME $HOME \\n'],
    ['echo a   b', 'a b'],
  ];
  for (const [line, output] of echoes) assert.equal(await outputOf(line), `${output}\n`, line);
});

test('after && a command runs only if the one before succeeded, after ; always', async () => {
  assert.deepEqual(await said('false && echo no; echo yes'), { output: 'false: \nyes\n', exitCode: 0 });
  assert.deepEqual(await said('true && echo a && echo b'), { output: 'a\nb\n', exitCode: 0 });
  assert.equal((await said('cat missing && echo no && echo no')).output, 'cat: There is no file at that path.\n');
  assert.equal(await outputOf('echo a\necho b'), 'a\nb\n');
  assert.doesNotMatch(await outputOf('false &&\necho no'), /no/);
  assert.equal((await said('false; true')).exitCode, 0);
});

test('a redirect writes a file, a double one appends', async () => {
  assert.equal(await outputOf('echo one > a', 'echo two > a', 'cat a'), 'two\n');
  assert.equal(await outputOf('echo one >> a', 'echo two>>a', 'cat a'), 'one\ntwo\n');
  assert.equal(await outputOf('echo one > a.txt && cat a.txt', 'ls a.txt'), 'a.txt\n');
  assert.deepEqual(await said('echo x >'), {
    output: 'bash: The path is empty, too long, or holds a NUL character.\n',
    exitCode: 1,
  });
});

test('an unknown command is 127, also one named like a part of JavaScript', async () => {
  for (const name of ['cargo', 'constructor', '__proto__', 'toString'])
    assert.deepEqual(await said(name), { output: `bash: ${name}: command not found\n`, exitCode: 127 });
  assert.deepEqual(await said(''), { output: '', exitCode: 0 });
});

test('a command that was cancelled before it ran has no effect', async () => {
  const sandbox = new MemorySandbox();
  const result = await sandbox.run('touch a', { timeoutMs: 1_000, signal: AbortSignal.abort() });
  assert.deepEqual(result, { ok: true, value: { kind: 'cancelled', output: '' } });
  assert.equal(await readOf(sandbox, 'a'), 'noSuchFile');
});

test('an endless output is cut', async () => {
  const sandbox = new MemorySandbox();
  await sandbox.write('big', 'x'.repeat(limits.observationCharsMax + 1));
  assert.equal((await run(sandbox, 'cat big')).output.length, limits.observationCharsMax);
});

test('the space of a sandbox is bounded, and comes back when files go', async () => {
  const sandbox = new MemorySandbox();
  const full = 'x'.repeat(memoryBytesMax);
  assert.ok((await sandbox.write('a', full)).ok);
  const refused = await sandbox.write('b', 'x');
  assert.equal(refused.ok ? 'stored' : refused.failure.code, 'sandboxFailed');
  assert.ok((await sandbox.write('a', full.slice(1))).ok, 'a file can shrink');
  await run(sandbox, 'rm a');
  assert.ok((await sandbox.write('b', full)).ok);
});

test('the number of files is bounded, folders and the deepest paths included', async () => {
  const sandbox = new MemorySandbox();
  for (let at = 0; at < memoryFilesMax - 1; at++) assert.ok((await sandbox.write(`${at}`, '')).ok);
  assert.equal((await sandbox.write('deep/file', '')).ok, false);
  assert.ok((await sandbox.write('last', '')).ok);
  assert.equal((await sandbox.write('more', '')).ok, false);
  assert.ok((await sandbox.write('last', 'changed')).ok, 'a file that is there can be written again');
});

test('a closed sandbox holds nothing', async () => {
  const sandbox = new MemorySandbox();
  await sandbox.write('a', 'text');
  await sandbox.close();
  assert.deepEqual(await sandbox.list(), { ok: true, value: { tree: [] } });
});

test('a hostile file is run in no time', async () => {
  const sandbox = new MemorySandbox();
  await sandbox.write('blank.py', '\n'.repeat(200_000));
  await sandbox.write('spaces.py', ' '.repeat(200_000));
  const before = process.cpuUsage();
  await run(sandbox, 'python3 blank.py; python3 spaces.py');
  assert.ok(process.cpuUsage(before).user < 2e6, 'two seconds of a processor');
});

test('no command line makes the shell throw or leave the workspace', async () => {
  const word = fc.constantFrom(
    'cd',
    'ln -s',
    'mkdir',
    'touch',
    'rm -r',
    'cat',
    'ls',
    'echo',
    '..',
    '/',
    'a',
    'a/b',
    '/etc',
  );
  const glue = fc.constantFrom(' ', '; ', ' && ', ' > ', '\n', ' "', " '", '\\');
  const line = fc.array(fc.tuple(word, glue), { maxLength: 12 }).map((parts) => parts.flat().join(''));
  await fc.assert(
    fc.asyncProperty(fc.array(fc.oneof(line, fc.string({ unit: 'binary' })), { maxLength: 8 }), async (lines) => {
      const sandbox = new MemorySandbox();
      for (const each of lines) await run(sandbox, each);
      for (const { path } of sandbox.listEntries()) assert.ok(path.startsWith(`${workspace}/`), path);
      assert.ok(`${sandbox.workingFolder}/`.startsWith(`${workspace}/`));
    }),
  );
});
