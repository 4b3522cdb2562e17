// The in-memory sandbox runs a few commands as a machine would, inside of its workspace and within its bounds.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { limits } from '../../schema/limits.ts';
import { workspace } from '../sandbox.ts';
import { MemorySandbox, memoryBytesMax, memoryFilesMax } from './memory-sandbox.ts';

const runOptions = { timeoutMs: 1_000, signal: new AbortController().signal };

/** Runs lines in a fresh sandbox. @returns how the last one ended */
async function runLines(...lines: string[]) {
  const sandbox = new MemorySandbox();
  let last = { output: '', exitCode: 0 };
  for (const line of lines) last = await runLine(sandbox, line);
  return last;
}

async function runLine(sandbox: MemorySandbox, line: string) {
  const result = await sandbox.run(line, runOptions);
  assert.ok(result.ok && result.value.kind === 'exited');
  return { output: result.value.output, exitCode: result.value.exitCode };
}

const readOutput = async (...lines: string[]) => (await runLines(...lines)).output;

/** Reads a file's content, or the code of the failure. */
async function readContent(sandbox: MemorySandbox, path: string): Promise<string> {
  const file = await sandbox.read(path);
  return file.ok ? file.value.content : file.failure.code;
}

test('the mock agent can make a folder, write a program in it and run it', async () => {
  const sandbox = new MemorySandbox();
  await runLine(sandbox, 'mkdir -p /workspace/project');
  await sandbox.write('/workspace/project/hello.py', '# A greeting.\nprint("Hello from Lucid!")\n');
  assert.deepEqual(await runLine(sandbox, 'cd /workspace/project && python3 hello.py'), {
    output: 'Hello from Lucid!\n',
    exitCode: 0,
  });
  assert.equal(await readOutput('echo hi > a', 'python3 a'), '');
  assert.equal((await runLines('python3 missing.py')).exitCode, 1);
});

test('a change of folder lasts until the next change', async () => {
  assert.equal(await readOutput('mkdir -p a/b', 'cd a', 'cd b', 'pwd'), '/workspace/a/b\n');
  assert.equal(await readOutput('mkdir a', 'cd a', 'cd', 'pwd'), '/workspace\n');
  assert.equal(await readOutput('mkdir -p a/b', 'cd a/b', 'cd ..', 'pwd'), '/workspace/a\n');
  assert.deepEqual(await runLines('cd missing'), { output: 'cd: There is no file at that path.\n', exitCode: 1 });
  assert.equal((await runLines('touch a', 'cd a')).exitCode, 1);
  assert.equal(await readOutput('cd /', 'pwd'), '/workspace\n');
});

test('a written file is read and listed, with the folders that it needs', async () => {
  const sandbox = new MemorySandbox();
  assert.deepEqual(await sandbox.write('a/b.txt', 'text'), { ok: true, value: { path: '/workspace/a/b.txt' } });
  assert.equal(await readContent(sandbox, '/workspace/a/b.txt'), 'text');
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

test('reading a folder, a missing file or a bad path is refused with the reason', async () => {
  const sandbox = new MemorySandbox();
  await sandbox.write('a/b.txt', '');
  assert.equal(await readContent(sandbox, 'a'), 'notAFile');
  assert.equal(await readContent(sandbox, workspace), 'notAFile');
  assert.equal(await readContent(sandbox, 'missing'), 'noSuchFile');
  for (const path of ['../etc/passwd', '/etc/passwd', '', 'a\0b'])
    assert.equal(await readContent(sandbox, path), 'badPath');
});

test('a file is never replaced by a folder, nor a folder by a file', async () => {
  const sandbox = new MemorySandbox();
  await sandbox.write('file', 'precious');
  await runLine(sandbox, 'mkdir folder');
  assert.equal((await sandbox.write('folder', '')).ok, false);
  assert.equal((await sandbox.write('/workspace', '')).ok, false);
  for (const line of ['mkdir file', 'mkdir -p file/below', 'touch file/below', 'echo x > file/below', 'ln -s x file'])
    assert.equal((await runLine(sandbox, line)).exitCode, 1, line);
  assert.equal(await readContent(sandbox, 'file'), 'precious');
});

test('touch keeps the content of a file', async () => {
  assert.equal(await readOutput('echo kept > a', 'touch a b', 'cat a b'), 'kept\n');
});

test('a link that leaves the workspace is refused by read, write, cat, ls, cd and every other command', async () => {
  const sandbox = new MemorySandbox();
  for (const line of ['ln -s / root', 'ln -s /etc/passwd secret', 'ln -s .. up', 'mkdir d', 'ln -s ../../etc d/etc'])
    await runLine(sandbox, line);
  for (const path of [
    'root/etc/passwd',
    'secret',
    'up/etc/passwd',
    'd/etc/passwd',
    'root',
    '/workspace/root/etc/passwd',
  ])
    assert.equal(await readContent(sandbox, path), 'badPath', path);
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
  for (const line of lines) assert.match((await runLine(sandbox, line)).output, /must stay inside \/workspace/, line);
});

test('a link inside the workspace leads where it says, in the middle of a path and at its end', async () => {
  const sandbox = new MemorySandbox();
  await sandbox.write('real/file.txt', 'text');
  for (const line of ['ln -s real short', 'ln -s /workspace/short/file.txt direct', 'ln -s short again'])
    await runLine(sandbox, line);
  for (const path of ['short/file.txt', 'direct', 'again/file.txt'])
    assert.equal(await readContent(sandbox, path), 'text', path);
  await sandbox.write('short/new.txt', 'new');
  assert.equal(await readContent(sandbox, 'real/new.txt'), 'new');
  assert.equal((await runLine(sandbox, 'ls short')).output, 'file.txt\nnew.txt\n');
});

test('a path through links that lead to each other is refused', async () => {
  const sandbox = new MemorySandbox();
  for (const line of ['ln -s b a', 'ln -s a b', 'ln -s self self', 'ln -s grow/x grow']) await runLine(sandbox, line);
  for (const path of ['a', 'b', 'self', 'grow', 'grow/y'])
    assert.equal(await readContent(sandbox, path), 'badPath', path);
});

test('removing a link keeps what it leads to; removing a folder takes all that is in it', async () => {
  assert.equal(await readOutput('echo x > a', 'ln -s a b', 'rm b', 'cat a'), 'x\n');
  assert.equal(await readOutput('mkdir d', 'echo x > d/a', 'ln -s d l', 'rm l/a', 'ls d'), '');
  assert.equal(await readOutput('mkdir -p d/e', 'echo x > d/e/a', 'echo y > dd', 'rm -rf d', 'ls'), 'dd\n');
  assert.equal(await readOutput('echo x > a', 'rm -rf /workspace', 'ls'), '');
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
  for (const [line, output] of echoes) assert.equal(await readOutput(line), `${output}\n`, line);
});

test('after && a command runs only if the one before succeeded, after ; always', async () => {
  assert.deepEqual(await runLines('false && echo no; echo yes'), { output: 'false: \nyes\n', exitCode: 0 });
  assert.deepEqual(await runLines('true && echo a && echo b'), { output: 'a\nb\n', exitCode: 0 });
  assert.equal((await runLines('cat missing && echo no && echo no')).output, 'cat: There is no file at that path.\n');
  assert.equal(await readOutput('echo a\necho b'), 'a\nb\n');
  assert.doesNotMatch(await readOutput('false &&\necho no'), /no/);
  assert.equal((await runLines('false; true')).exitCode, 0);
});

test('> replaces a file, and >> appends to it', async () => {
  assert.equal(await readOutput('echo one > a', 'echo two > a', 'cat a'), 'two\n');
  assert.equal(await readOutput('echo one >> a', 'echo two>>a', 'cat a'), 'one\ntwo\n');
  assert.equal(await readOutput('echo one > a.txt && cat a.txt', 'ls a.txt'), 'a.txt\n');
  assert.deepEqual(await runLines('echo x >'), {
    output: 'bash: The path is empty, too long, or holds a NUL character.\n',
    exitCode: 1,
  });
});

test('an unknown command exits with 127, also one named like a property of JavaScript objects', async () => {
  for (const name of ['cargo', 'constructor', '__proto__', 'toString'])
    assert.deepEqual(await runLines(name), { output: `bash: ${name}: command not found\n`, exitCode: 127 });
  assert.deepEqual(await runLines(''), { output: '', exitCode: 0 });
});

test('a command that was cancelled before it ran has no effect', async () => {
  const sandbox = new MemorySandbox();
  const result = await sandbox.run('touch a', { timeoutMs: 1_000, signal: AbortSignal.abort() });
  assert.deepEqual(result, { ok: true, value: { kind: 'cancelled', output: '' } });
  assert.equal(await readContent(sandbox, 'a'), 'noSuchFile');
});

test('a very long output is cut', async () => {
  const sandbox = new MemorySandbox();
  await sandbox.write('big', 'x'.repeat(limits.observationCharsMax + 1));
  assert.equal((await runLine(sandbox, 'cat big')).output.length, limits.observationCharsMax);
});

test('a sandbox holds a bounded number of bytes, and removing files frees them', async () => {
  const sandbox = new MemorySandbox();
  const full = 'x'.repeat(memoryBytesMax);
  assert.ok((await sandbox.write('a', full)).ok);
  const refused = await sandbox.write('b', 'x');
  assert.equal(refused.ok ? 'stored' : refused.failure.code, 'sandboxFailed');
  assert.ok((await sandbox.write('a', full.slice(1))).ok, 'a file can shrink');
  await runLine(sandbox, 'rm a');
  assert.ok((await sandbox.write('b', full)).ok);
});

test('a sandbox holds a bounded number of files, among them the folders that a path needs', async () => {
  const sandbox = new MemorySandbox();
  for (let at = 0; at < memoryFilesMax - 1; at++) assert.ok((await sandbox.write(`${at}`, '')).ok);
  assert.equal((await sandbox.write('deep/file', '')).ok, false);
  assert.ok((await sandbox.write('last', '')).ok);
  assert.equal((await sandbox.write('more', '')).ok, false);
  assert.ok((await sandbox.write('last', 'changed')).ok, 'a file that is there can be written again');
});

test('a closed sandbox is empty', async () => {
  const sandbox = new MemorySandbox();
  await sandbox.write('a', 'text');
  await sandbox.close();
  assert.deepEqual(await sandbox.list(), { ok: true, value: { tree: [] } });
});

test('a hostile file is run within two seconds of a processor', async () => {
  const sandbox = new MemorySandbox();
  await sandbox.write('blank.py', '\n'.repeat(200_000));
  await sandbox.write('spaces.py', ' '.repeat(200_000));
  const before = process.cpuUsage();
  await runLine(sandbox, 'python3 blank.py; python3 spaces.py');
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
      for (const each of lines) await runLine(sandbox, each);
      for (const { path } of sandbox.listEntries()) assert.ok(path.startsWith(`${workspace}/`), path);
      assert.ok(`${sandbox.workingFolder}/`.startsWith(`${workspace}/`));
    }),
  );
});
