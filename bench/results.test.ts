// A file that is no result file is refused with a sentence.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import { readResult } from './results.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'lucid-results-'));
after(() => rmSync(folder, { recursive: true }));

function fileWith(text: string): string {
  const file = path.join(folder, 'result.json');
  writeFileSync(file, text);
  return file;
}

test('a file that is not JSON or no result file is refused with a sentence', () => {
  assert.throws(() => readResult(fileWith('no')), /is not JSON/);
  for (const text of ['null', '[]', '{"format":2,"machine":{},"results":{}}', '{"format":1}'])
    assert.throws(() => readResult(fileWith(text)), /is not a result file of this version/);
});

test('a result file is read as it was written', () => {
  const written = { format: 1, machine: { name: 'a' }, results: {} };
  assert.deepEqual(readResult(fileWith(JSON.stringify(written))), written);
});
