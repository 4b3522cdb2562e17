// The tools do the same in a folder of this machine and in a container, and nothing of what they are given is run.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { promisify } from 'node:util';
import * as fc from 'fast-check';
import { LocalSource } from '../../sandbox/local/local-source.ts';
import { MemorySandbox } from '../../sandbox/memory/memory-sandbox.ts';
import type { Sandbox } from '../../sandbox/sandbox.ts';
import { openConfinementHere } from '../../sandbox/testing/confinement-here.ts';
import { dockerDescribe, TestSandboxes } from '../../sandbox/testing/docker-sandboxes.ts';
import { requestOf } from '../../sandbox/testing/sandbox-request.ts';
import { observeCall, readContent } from '../testing/tool-calls.ts';
import { writeSearchCommand } from './search-command.ts';
import { SearchOutput, searchLineCharsMax } from './search-output.ts';

const run = promisify(execFile);

/** A sandbox, and how its tools are called. */
class Place {
  sandbox: Sandbox = new MemorySandbox();

  async said(name: string, input: object): Promise<string> {
    return (await observeCall(name, input, this.sandbox)).content;
  }

  /** Runs a command in the root of the workspace; the shell stays there. */
  runs(command: string): Promise<string> {
    return this.said('shell', { command: `cd '${this.sandbox.root}' && ${command}` });
  }
}

describe('in a folder of this machine', () => {
  let base: string;
  let source: LocalSource;
  testTools(
    async () => {
      base = await mkdtemp('/tmp/lucid-tools-');
      source = new LocalSource(base, openConfinementHere(base));
      const opened = await source.open(requestOf('s1'));
      assert.ok(opened.ok);
      return opened.value.sandbox;
    },
    async () => {
      await source.close();
      await rm(base, { recursive: true, force: true });
    },
  );
});

dockerDescribe('in a container', () => {
  const sandboxes = new TestSandboxes();
  testTools(
    () => sandboxes.open(),
    async () => assert.deepEqual(await sandboxes.close(), []),
  );
});

/** The suite, for one sandbox that its tests share. */
function testTools(open: () => Promise<Sandbox>, close: () => Promise<void>): void {
  const place = new Place();
  before(async () => {
    place.sandbox = await open();
  });
  after(async () => {
    await place.sandbox.close();
    await close();
  });
  testFinding(place);
  testSearch(place);
  testHarmlessness(place);
  testFileChanges(place);
  testCommands(place);
  testLongOutputs(place);
}

function testLongOutputs(place: Place): void {
  test('of a long output the whole is read page by page and searched in its file, and nowhere else outside', async () => {
    const shown = await place.runs("seq -f 'line %g of a log' 1 90000");
    const [, path = ''] = /; the whole is in (\S+) …\]/.exec(shown) ?? [];
    assert.ok(shown.length < 2_000, shown);
    assert.equal(
      await place.said('read', { path, offset: 45_000, limit: 2 }),
      'line 45000 of a log\nline 45001 of a log\n[Lines 45000 to 45001 of 90000.]\n',
    );
    assert.match(await place.said('read', { path }), /^line 1 of a log\n.*\n\[Lines 1 to \d+ of 90000\.\]\n$/s);
    assert.equal(
      await place.said('search', { path, pattern: '7777[78] of' }),
      '77777: line 77777 of a log\n77778: line 77778 of a log\n',
    );
    assert.match(await place.said('read', { path, offset: 90_001 }), /there is no line 90001/);
    const gone = path.replace(/[0-9a-f]{8}\.txt$/, '00000000.txt');
    assert.match(await place.said('read', { path: gone }), /no longer kept/);
    for (const outside of [`${path}/../../../x`, '/etc/passwd', path.replace('output/', 'output/../')])
      assert.match(await place.said('read', { path: outside }), /must stay inside/);
  });
}

function testFinding(place: Place): void {
  test('without a pattern a search finds files by their names, the newest first, and leaves out what git ignores', async () => {
    await place.runs(
      'mkdir -p byname/src/deep byname/.hidden byname/out && cd byname && git init -q . && echo "out/\n*.log" > .gitignore && ' +
        'touch -d 2021-01-01 src/old.ts && touch -d 2022-01-01 "src/deep/it\'s.ts" .hidden/c.ts && touch out/d.ts e.log',
    );
    await place.runs("printf 'out/\\n*.log\\n' > byname/.gitignore");
    const find = (glob: string, more = {}) => place.said('search', { path: 'byname', glob, ...more });
    assert.match(await find('*.ts'), /^(byname\/(src\/deep\/it's|\.hidden\/c)\.ts\n){2}byname\/src\/old\.ts\n$/);
    assert.equal(await find('src/*.ts'), 'byname/src/old.ts\n');
    assert.equal(await find('OLD.*', { ignoreCase: true }), 'byname/src/old.ts\n');
    assert.equal(await find('!*.ts'), 'byname/.gitignore\n');
    assert.equal(await find('*.log'), 'No file fits.\n');
    assert.equal(await place.said('search', { path: 'byname/out' }), 'byname/out/d.ts\n');
    assert.match(
      await place.said('search', { path: 'byname/nowhere' }),
      /^The search failed\. .*nowhere.*No such file/s,
    );
    assert.equal(await find("'; touch /tmp/no; '"), 'No file fits.\n');
  });
}

function testSearch(place: Place): void {
  test('a search finds lines with their places, hidden files too, and leaves out what git ignores', async () => {
    await place.sandbox.write('find/src/a.ts', 'const needle = 1;\nconst other = 2;\n');
    await place.sandbox.write('find/.github/b.yml', 'needle: true\n');
    await place.sandbox.write('find/out/c.js', 'needle\n');
    await place.sandbox.write('find/.gitignore', 'out/\n');
    await place.runs('cd find && git init -q . && echo needle > .git/needle');
    const expected = 'find/.github/b.yml:1: needle: true\nfind/src/a.ts:1: const needle = 1;\n';
    assert.equal(await place.said('search', { pattern: 'needle' }), expected);
    assert.equal(await place.said('search', { pattern: 'NEEDLE', ignoreCase: true }), expected);
    assert.equal(
      await place.said('search', { pattern: 'n[e]+dle = \\d', path: 'find/src/a.ts' }),
      `${expected.split('\n')[1]}\n`,
    );
    assert.equal(await place.said('search', { pattern: 'needle', glob: '*.yml' }), `${expected.split('\n')[0]}\n`);
    assert.equal(
      await place.said('search', { pattern: 'needle', path: `${place.sandbox.root}/find/out` }),
      'find/out/c.js:1: needle\n',
    );
    assert.equal(await place.said('search', { pattern: 'nothing like it' }), 'No line matches.\n');
  });

  test('a search finds the ends of lines in CRLF, shows whole characters, and never cuts a path', async () => {
    await place.sandbox.write('crlf/a', 'one;\r\ntwo\r\nthree;\n');
    assert.equal(await place.said('search', { pattern: ';$', path: 'crlf' }), 'crlf/a:1: one;\ncrlf/a:3: three;\n');
    for (const pattern of ['\\r$', '\\x0d$'])
      assert.equal(await place.said('search', { pattern, path: 'crlf' }), 'crlf/a:1: one;\ncrlf/a:2: two\n');
    const line = '€'.repeat(searchLineCharsMax - 1);
    await place.sandbox.write('crlf/b', `${line}é\n${line}éé\n${'😀'.repeat(3_000)}\n`);
    assert.equal(
      await place.said('search', { pattern: '.', path: 'crlf/b' }),
      `crlf/b:1: ${line}é\ncrlf/b:2: ${line}é…\ncrlf/b:3: ${'😀'.repeat(searchLineCharsMax / 2)}…\n`,
    );
    const deep = `far/${'a folder with a long name/'.repeat(80)}file`;
    await place.sandbox.write(deep, `${'x'.repeat(1_000_000)}\nneedle\n`);
    assert.equal(await place.said('search', { pattern: 'needle', path: 'far' }), `${deep}:2: needle\n`);
  });

  test('a search that makes no sense, and a path that is not there, are errors in words', async () => {
    for (const [input, why] of [
      [{ pattern: '(' }, /^The search failed\. .*unclosed group/s],
      [{ pattern: 'x', path: 'not/there' }, /^The search failed\. .*not\/there.*No such file/s],
    ] as const) {
      const { eventType, content } = await observeCall('search', input, place.sandbox);
      assert.equal(eventType, 'ErrorObservation');
      assert.match(content, why);
    }
  });

  test('a search with very many matches, in very long lines, is bounded and ends at once', async () => {
    await place.runs("mkdir many && seq 100000 | sed 's/^/hay /' > many/a");
    await place.runs("head -c 5000000 /dev/zero | tr '\\0' 'h' > many/b");
    const found = await place.said('search', { pattern: 'h', path: 'many' });
    assert.match(found, /\nmany\/a:200: hay 200\n\[More than 200 lines match/);
    assert.ok((await place.said('search', { pattern: 'h', path: 'many/b' })).length < 400);
  });

  test('a search finds what is there, whatever the agent has exported and whatever prints in the background', async () => {
    await place.runs('OLDPATH=$PATH; export PATH=/nope');
    const forged = `while :; do printf './evil.txt\\0007:forged needle\\n'; read -t 0.01 </dev/zero; done`;
    await place.said('shell', { command: `(${forged}) & NOISY=$!` });
    const input = { pattern: 'needle', path: 'find/src' };
    const found = await place.said('search', input);
    assert.match(found, /^find\/src\/a\.ts:1: const needle/);
    assert.doesNotMatch(found, /forged|not found/);
    await place.said('shell', { command: 'kill $NOISY; export PATH=$OLDPATH' });
  });
}

test('without ripgrep a search uses grep, and says so', async () => {
  const folder = await mkdtemp('/tmp/lucid-grep-');
  await mkdir(path.join(folder, 'src'));
  await mkdir(path.join(folder, 'tools'));
  await writeFile(path.join(folder, 'src', 'a.ts'), 'const needle = 1;\n');
  const programs = await Promise.all(['grep', 'head'].map((name) => run('bash', ['-c', `command -v ${name}`])));
  for (const { stdout } of programs)
    await symlink(stdout.trim(), path.join(folder, 'tools', path.basename(stdout.trim())));
  const outputOf = async (search: { pattern: string; glob?: string }) => {
    const command = writeSearchCommand({ path: '/workspace', ...search }, folder);
    const env = { PATH: path.join(folder, 'tools') };
    return run('/bin/bash', ['-c', command], { env }).then(
      ({ stdout }) => stdout,
      ({ stdout }: { stdout: string }) => stdout,
    );
  };
  const output = new SearchOutput();
  output.addChunk(Buffer.from(await outputOf({ pattern: 'needle = [0-9]', glob: 'src/*.ts' })));
  const { matches, messages } = output.finishOutput();
  assert.deepEqual(matches, ['src/a.ts:1: const needle = 1;']);
  assert.match(messages.join(), /^\[ripgrep is not here.*\]$/);
  assert.match(await outputOf({ pattern: '(' }), /Unmatched/);
  await rm(folder, { recursive: true });
});

function testHarmlessness(place: Place): void {
  test('whatever is searched for, nothing of it is run, and it is found where it is', async () => {
    const unit = [
      'a',
      ' ',
      "'",
      '"',
      '`',
      '$',
      '(',
      ')',
      '\\',
      ';',
      '&',
      '|',
      '>',
      '*',
      '-',
      '!',
      '~',
      '😀',
      '$(touch x)',
    ];
    const text = fc.string({ unit: fc.constantFrom(...unit), minLength: 1, maxLength: 8 });
    await place.sandbox.write('quoted/a', '');
    await fc.assert(
      fc.asyncProperty(text, text, async (line, other) => {
        await place.sandbox.write('quoted/a', `${line}\n`);
        const pattern = line.replaceAll(/[\\.+*?()|[\]{}^$#&~-]/g, '\\$&');
        assert.equal(await place.said('search', { pattern, path: 'quoted' }), `quoted/a:1: ${line}\n`);
        await observeCall(
          'search',
          { pattern: other, path: `quoted/${other.replaceAll('/', '')}`, glob: other },
          place.sandbox,
        );
      }),
      { numRuns: 25 },
    );
    const listed = await place.sandbox.list();
    assert.ok(listed.ok);
    assert.doesNotMatch(JSON.stringify(listed.value), /touch|"x"/);
  });

  test('a search leaves the shell as it is, whatever it was set to', async () => {
    await place.runs('mkdir at && cd at && set -u && rg() { echo fooled; }; export A=1');
    assert.match(await place.said('search', { pattern: 'needle', path: 'find/src' }), /^find\/src\/a\.ts:1: /);
    assert.match(await place.said('shell', { command: 'echo "$A $(basename "$PWD")"' }), /^1 at\n$/);
    await place.runs('set +u; unset -f rg');
  });
}

function testFileChanges(place: Place): void {
  test('an edit changes its bytes in the file and no others, and keeps what the file is', async () => {
    await place.said('shell', {
      command: `printf '\\357\\273\\277a\\r\\nb $& \\303\\251\\r\\n' > edited && chmod 755 edited`,
    });
    const input = { path: 'edited', edits: [{ oldText: 'b $& é\n', newText: 'c $1 😀\nd\n' }] };
    assert.match(await place.said('edit', input), /^Replaced the text at line 2 in /);
    assert.equal(await readContent(place.sandbox, 'edited'), '\ufeffa\r\nc $1 😀\r\nd\r\n');
    assert.match(await place.said('shell', { command: 'stat -c %a edited' }), /^755\n$/);
  });

  test('folders are listed and read back under the names that commands know', async () => {
    await place.runs('mkdir named && echo text > named/a');
    assert.equal(await place.said('read', { path: 'named' }), '/workspace/named/\n/workspace/named/a\n');
    assert.equal(await place.said('read', { path: `${place.sandbox.root}/named/a` }), 'text\n');
  });
}

function testCommands(place: Place): void {
  test('a shell that a command has ended works on in the same folder, and what it was made to be is gone', async () => {
    await place.runs('mkdir deep && cd deep && f() { echo old; }');
    await place.said('shell', { command: 'exit' });
    assert.match(await place.said('shell', { command: 'basename "$PWD"; f' }), /^deep\n.*f: command not found/);
  });

  test('a command that takes too long is ended, and the next one runs in the same folder', async () => {
    const runFor = async (timeoutSeconds: number): Promise<void> => {
      const input = { command: 'echo begun; sleep 60', timeoutSeconds };
      const { content, metadata } = await observeCall('shell', input, place.sandbox);
      assert.equal(metadata.exitCode, 124);
      if (!content.startsWith('begun') && timeoutSeconds < 10) return runFor(3 * timeoutSeconds); // A busy machine.
      const limit = `time limit of ${timeoutSeconds} s`;
      assert.match(content, new RegExp(`^begun\n(.*Killed.*\n)?\n\\[The command ran into its ${limit}`));
    };
    await runFor(1);
    assert.equal(await place.said('shell', { command: 'echo on' }), 'on\n');
  });
}
