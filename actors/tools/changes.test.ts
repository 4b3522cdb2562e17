// Changing files through the tools: what is recorded, the diff, and which bytes stay.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { limits } from '../../schema/limits.ts';
import { callOf, createFiles, observeCall, readContent, runCall } from '../testing/tool-calls.ts';

const editor = 'str_replace_based_edit_tool';
const diffOf = (name: string, ...lines: string[]) => [`--- a/${name}`, `+++ b/${name}`, ...lines, ''].join('\n');

test('an edit replaces its text and records what changed', async () => {
  const sandbox = await createFiles({ 'a.txt': 'one\ntwo\n' });
  const call = callOf('edit', { path: 'a.txt', oldText: 'two', newText: '2' });
  const path = '/workspace/a.txt';
  assert.deepEqual(await runCall(call, sandbox), {
    action: { eventType: 'FileEditAction', content: path, metadata: { path, toolCall: call } },
    observation: {
      eventType: 'FileEditObservation',
      content: 'Replaced the text at line 2 in /workspace/a.txt.',
      metadata: { path, diff: diffOf('a.txt', '@@ -1,2 +1,2 @@', ' one', '-two', '+2'), toolCallId: 'call-1' },
    },
  });
  assert.equal(await readContent(sandbox, 'a.txt'), 'one\n2\n');
});

test('an edit that does not fit changes nothing and says what would help', async () => {
  const sandbox = await createFiles({ 'a.txt': 'x = 1\nx = 1\n' });
  const ambiguous = await observeCall('edit', { path: 'a.txt', oldText: 'x = 1', newText: 'y' }, sandbox);
  assert.equal(ambiguous.eventType, 'ErrorObservation');
  assert.match(ambiguous.content, /^\/workspace\/a\.txt was not changed\. The old text is in it 2 times/);
  const missing = await observeCall('edit', { path: 'a.txt', oldText: 'x = 2', newText: 'y' }, sandbox);
  assert.match(missing.content, /was not changed\. The old text is not in it\. .*\n1: x = 1/s);
  const empty = await observeCall('edit', { path: 'a.txt', oldText: '', newText: 'y' }, sandbox);
  assert.match(empty.content, /^The call of edit is invalid: oldText: /);
  assert.equal(await readContent(sandbox, 'a.txt'), 'x = 1\nx = 1\n');
  const all = { path: 'a.txt', oldText: 'x = 1', newText: 'y', replaceAll: true };
  assert.equal((await observeCall('edit', all, sandbox)).content, 'Replaced 2 texts in /workspace/a.txt.');
  assert.equal(await readContent(sandbox, 'a.txt'), 'y\ny\n');
});

test('a file that is missing, is not text, or would grow too large is not edited', async () => {
  const sandbox = await createFiles({ binary: 'a\0b', full: `start${'€'.repeat(limits.fileBytesMax / 3 - 2)}` });
  for (const [path, oldText, newText, why] of [
    ['missing', 'a', 'b', /There is no file/],
    ['binary', 'a', 'b', /not text/],
    ['full', 'start', '€'.repeat(10), /more than 1048576 bytes/],
    ['.', 'a', 'b', /folder/],
  ] as const) {
    const { eventType, content } = await observeCall('edit', { path, oldText, newText }, sandbox);
    assert.equal(eventType, 'ErrorObservation');
    assert.match(content, why);
  }
});

test('writing over a file records what changed; a new file, the same content and what was not text have no diff', async () => {
  const sandbox = await createFiles({ a: 'one\n', binary: '\0' });
  const written = async (path: string, content: string) =>
    (await observeCall('write', { path, content }, sandbox)).metadata;
  assert.equal((await written('a', 'two\n')).diff, diffOf('a', '@@ -1,1 +1,1 @@', '-one', '+two'));
  assert.equal('diff' in (await written('a', 'two\n')), false);
  assert.equal('diff' in (await written('new', 'text')), false);
  assert.equal('diff' in (await written('binary', 'text')), false);
});

test("the editor that Anthropic's models know does what ours do, under the same events", async () => {
  const sandbox = await createFiles({ 'a.txt': 'one\ntwo\n' });
  const types = async (input: Record<string, unknown>) => {
    const { action, observation } = await runCall(callOf(editor, { path: 'a.txt', ...input }), sandbox);
    return [action.eventType, observation?.eventType, action.metadata.path];
  };
  const path = '/workspace/a.txt';
  const create = { command: 'create', file_text: 'one\ntwo\nthree\n' };
  assert.deepEqual(await types(create), ['FileWriteAction', 'FileWriteObservation', path]);
  const replace = { command: 'str_replace', old_str: 'two\n' };
  assert.deepEqual(await types(replace), ['FileEditAction', 'FileEditObservation', path]);
  assert.deepEqual(await types({ command: 'view' }), ['FileReadAction', 'FileReadObservation', path]);
  assert.equal(await readContent(sandbox, 'a.txt'), 'one\nthree\n');
});

test('Anthropic’s editor takes both names of the text in an insert, and a range of lines in a view', async () => {
  const sandbox = await createFiles({ a: 'one\ntwo\n' });
  const said = async (input: Record<string, unknown>) => observeCall(editor, { path: 'a', ...input }, sandbox);
  const first = await said({ command: 'insert', insert_line: 0, insert_text: 'zero' });
  assert.equal(first.content, 'Inserted the text behind line 0 in /workspace/a.');
  assert.equal(first.metadata.diff, diffOf('a', '@@ -1,2 +1,3 @@', '+zero', ' one', ' two'));
  await said({ command: 'insert', insert_line: 3, new_str: 'three\n' });
  assert.equal(await readContent(sandbox, 'a'), 'zero\none\ntwo\nthree\n');
  const view = async (...view_range: number[]) => (await said({ command: 'view', view_range })).content;
  assert.equal(await view(2, 3), '2\tone\n3\ttwo\n[Lines 2 to 3 of 4.]\n');
  assert.equal(await view(4, -1), '4\tthree\n[Lines 4 to 4 of 4.]\n');
});

test('a call of Anthropic’s editor that makes no sense says what is wrong', async () => {
  const sandbox = await createFiles({ a: 'one\n' });
  for (const [input, why] of [
    [{ command: 'undo_edit' }, /command: /],
    [{ command: 'create' }, /file_text: /],
    [{ command: 'insert', insert_line: 1 }, /insert_text is missing/],
    [{ command: 'insert', insert_line: 1.5, insert_text: '' }, /insert_line: /],
    [{ command: 'view', view_range: [3, 2] }, /last line comes before the first/],
    [{ command: 'view', view_range: [0, 2] }, /view_range\.0: /],
    [{ command: 'str_replace', new_str: '' }, /old_str: /],
  ] as const) {
    const { eventType, content } = await observeCall(editor, { path: 'a', ...input }, sandbox);
    assert.equal(eventType, 'ErrorObservation');
    assert.match(content, why);
  }
});

const marked = '\ufeffone\r\ntwo\r\n';

test('a byte order mark stays first, whoever writes: inserted lines, edits that copy it or not, a whole file', async () => {
  for (const [name, input, expected, said] of [
    [editor, { command: 'insert', insert_line: 0, insert_text: 'x' }, '\ufeffx\r\none\r\ntwo\r\n', /^Inserted/],
    [editor, { command: 'insert', insert_line: 0, insert_text: '\ufeffx\n' }, '\ufeffx\r\none\r\ntwo\r\n', /^Inserted/],
    [editor, { command: 'str_replace', old_str: '\ufeffone\n', new_str: 'x\n' }, '\ufeffx\r\ntwo\r\n', /at line 1 in/],
    [editor, { command: 'str_replace', old_str: 'one', new_str: '\ufeffx' }, '\ufeffx\r\ntwo\r\n', /at line 1 in/],
    ['edit', { oldText: 'one', newText: '' }, '\ufeff\r\ntwo\r\n', /at line 1 in/],
    [
      editor,
      { command: 'create', file_text: 'x\ny\n' },
      '\ufeffx\r\ny\r\n',
      /mark was kept\. Its line ends were kept: CRLF/,
    ],
    ['write', { content: '\ufeffx\r\ny\r\n' }, '\ufeffx\r\ny\r\n', /^Wrote 7 characters to \/workspace\/a\.$/],
    ['write', { content: '' }, '\ufeff', /mark was kept\.$/],
  ] as const) {
    const sandbox = await createFiles({ a: marked });
    assert.match((await observeCall(name, { path: 'a', ...input }, sandbox)).content, said);
    assert.equal(await readContent(sandbox, 'a'), expected, JSON.stringify(input));
  }
});

test('a whole file that is written keeps what it can of the old one, and says what it can not', async () => {
  const large = 'x\r\n'.repeat(limits.fileBytesMax / 2);
  for (const [before, expected, said] of [
    ['one\r\n', 'x\r\n\u20ac\r\n', /Its line ends were kept: CRLF \(\\r\\n\)\. The shell can change them\.$/],
    ['one\ntwo\n', 'x\n\u20ac\n', /a\.$/],
    ['one\r\ntwo\n', 'x\n\u20ac\n', /Some of its lines ended in CRLF \(\\r\\n\) before; none does now\.$/],
    ['one\0', 'x\n\u20ac\n', /What it held before was not text in UTF-8; it is now\.$/],
    [`\ufeff${large}`, '\ufeffx\r\n\u20ac\r\n', /mark was kept\. Its line ends were kept/],
  ] as const) {
    const sandbox = await createFiles({ a: before });
    const { content } = await observeCall('write', { path: 'a', content: 'x\n\u20ac\n' }, sandbox);
    assert.match(content, said);
    assert.equal(await readContent(sandbox, 'a'), expected);
  }
});
