// Changing files through the tools: what is recorded, the diff, and which bytes stay.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { limits } from '../../schema/limits.ts';
import { callOf, createFiles, observeCall, readContent, runCall } from '../testing/tool-calls.ts';

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
  assert.match(empty.content, /^The call of edit is invalid: edits\.0\.oldText: /);
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

test('several edits of one call are made one after the other, under one diff', async () => {
  const sandbox = await createFiles({ a: 'one\ntwo\nthree\ntwo\n' });
  const edits = [
    { oldText: 'one\n', newText: 'ONE\n' },
    { oldText: 'ONE\ntwo', newText: 'ONE\n2' },
    { oldText: 't', newText: 'T', replaceAll: true },
  ];
  const { content, metadata } = await observeCall('edit', { path: 'a', edits }, sandbox);
  assert.equal(content, 'Made 3 edits in /workspace/a.');
  assert.match(metadata.diff ?? '', /^-one\n-two\n-three\n-two\n\+ONE\n\+2\n\+Three\n\+Two$/m);
  assert.equal(await readContent(sandbox, 'a'), 'ONE\n2\nThree\nTwo\n');
});

test('where one edit of several does not fit none is made, and the answer says which and what would help', async () => {
  const sandbox = await createFiles({ a: 'one\ntwo\n' });
  const said = async (...edits: object[]) => (await observeCall('edit', { path: 'a', edits }, sandbox)).content;
  const good = { oldText: 'one', newText: '1' };
  assert.match(
    await said(good, { oldText: 'two!', newText: '2' }),
    /^\/workspace\/a was not changed\. Edit 2 of 2: The old text is not in it\. .*\n2: two$/s,
  );
  assert.match(await said(good, good), /Edit 2 of 2: The old text is not in it/);
  assert.match(await said(good, { oldText: '', newText: '' }), /^The call of edit is invalid: edits\.1\.oldText: /);
  assert.match(await said(), /^The call of edit is invalid: edits: /);
  assert.match(await said(...Array(101).fill(good)), /At most 100 edits fit into one call/);
  const full = { oldText: 'o', newText: 'x'.repeat(limits.fileBytesMax), replaceAll: true };
  assert.match(await said(good, full), /Edit 2 of 2: The file would hold \d+ characters/);
  assert.equal(await readContent(sandbox, 'a'), 'one\ntwo\n');
});

test('a single edit may come without its list, and the list as a text', async () => {
  const sandbox = await createFiles({ a: 'one' });
  const texts = { oldText: 'one', newText: '1' };
  await observeCall('edit', { path: 'a', ...texts }, sandbox);
  assert.equal(await readContent(sandbox, 'a'), '1');
  await observeCall('edit', { path: 'a', edits: '[{"oldText":"1","newText":"one"}]' }, sandbox);
  assert.equal(await readContent(sandbox, 'a'), 'one');
  const { content } = await observeCall('edit', { path: 'a', edits: '[{' }, sandbox);
  assert.match(content, /^The call of edit is invalid: edits: /);
});

const marked = '\ufeffone\r\ntwo\r\n';

test('a byte order mark stays first, whoever writes: edits that copy it or not, a whole file', async () => {
  for (const [name, input, expected, said] of [
    ['edit', { oldText: '\ufeffone\n', newText: 'x\n' }, '\ufeffx\r\ntwo\r\n', /at line 1 in/],
    ['edit', { oldText: 'one', newText: '\ufeffx' }, '\ufeffx\r\ntwo\r\n', /at line 1 in/],
    ['edit', { oldText: 'one', newText: '' }, '\ufeff\r\ntwo\r\n', /at line 1 in/],
    ['write', { content: 'x\ny\n' }, '\ufeffx\r\ny\r\n', /mark was kept\. Its line ends were kept: CRLF/],
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
