// A body with files is read whole or refused with what is wrong, whatever it holds.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { limits } from '../../schema/limits.ts';
import { isMultipart, readMultipart } from './multipart-body.ts';

async function encode(form: FormData): Promise<{ bytes: Uint8Array; contentType: string }> {
  const response = new Response(form);
  const contentType = response.headers.get('content-type') ?? '';
  return { bytes: new Uint8Array(await response.arrayBuffer()), contentType };
}

async function read(parts: [name: string, value: string | Blob, fileName?: string][]) {
  const form = new FormData();
  for (const [name, value, fileName] of parts)
    if (typeof value === 'string') form.append(name, value);
    else form.append(name, value, fileName ?? 'blob');
  const { bytes, contentType } = await encode(form);
  assert.ok(isMultipart(contentType));
  return readMultipart(bytes, contentType);
}

const detailOf = (outcome: Awaited<ReturnType<typeof readMultipart>>) => (outcome.ok ? '' : outcome.failure.detail);

test('fields come as JSON, as texts, or both, with any number of files beside them', async () => {
  const file = new Blob([Buffer.of(0, 255, 13, 10)], { type: 'image/png' });
  const body = await read([
    ['json', '{"task":"Look","autoStart":true}'],
    ['branch', 'main'],
    ['files', file, 'ün.png'],
    ['anything', new Blob(['text']), 'a.txt'],
  ]);
  assert.ok(body.ok);
  assert.deepEqual(body.value.fields, { task: 'Look', autoStart: true, branch: 'main' });
  const [picture, other] = body.value.files;
  assert.deepEqual(
    [picture?.name, picture?.type, [...(picture?.bytes ?? [])]],
    ['ün.png', 'image/png', [0, 255, 13, 10]],
  );
  assert.deepEqual([other?.name, other?.bytes.length], ['a.txt', 4]);
});

test('what is broken, said twice or too much is refused in words', async () => {
  assert.match(detailOf(await read([['json', '{']])), /not valid JSON/);
  assert.match(detailOf(await read([['json', '[1]']])), /no JSON object/);
  assert.match(
    detailOf(
      await read([
        ['task', 'a'],
        ['task', 'b'],
      ]),
    ),
    /task came more than once/,
  );
  const many = Array.from({ length: limits.attachmentsMax + 1 }, () => ['f', new Blob(['x'])] as [string, Blob]);
  assert.match(detailOf(await read(many)), /at most 10 come with a message/);
  const parts = Array.from({ length: 500 }, (_, at) => [`f${at}`, 'x'] as [string, string]);
  assert.match(detailOf(await read(parts)), /more than 64 parts/);
  const none = Buffer.from('not a form');
  assert.match(detailOf(await readMultipart(none, 'multipart/form-data')), /names no boundary/);
  assert.match(detailOf(await readMultipart(none, 'multipart/form-data; boundary=x')), /is not multipart/);
});

test('no bytes make it throw', async () => {
  const pieces = fc.constantFrom(
    '--x',
    '\r\n',
    '--x--',
    'Content-Disposition: form-data; name="a"',
    '; filename="b"',
    '\0',
    'é',
  );
  await fc.assert(
    fc.asyncProperty(fc.array(fc.oneof(pieces, fc.string()), { maxLength: 30 }), async (some) => {
      const outcome = await readMultipart(Buffer.from(some.join('')), 'multipart/form-data; boundary=x');
      assert.equal(typeof outcome.ok, 'boolean');
    }),
  );
});
