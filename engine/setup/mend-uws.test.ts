// What mending does to the addon, on code like its own; and that the installed one leaves header values whole.
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { headersArriveWhole } from '../server/whole-headers.ts';
import { mend } from './mend-uws.mjs';

const folder = mkdtempSync(join(tmpdir(), 'lucid-mend-'));
after(() => rmSync(folder, { recursive: true }));

const trimming = '41807c0301217d0c488942104883c0ff72eeeb1c4983c30241807bff207f11';
const mended = '41807c030121730c488942104883c0ff72eeeb1c4983c30241807bff207711';

function fileOf(...hex: string[]): string {
  const file = join(folder, `${hex.length}-${Math.random()}.node`);
  writeFileSync(file, Buffer.from(hex.join(''), 'hex'));
  return file;
}

test('the two comparisons become unsigned, everything else stays, and a second time changes nothing', () => {
  const file = fileOf('00ff7d0c', trimming, '7f11aa');
  assert.ok(mend(file));
  assert.equal(readFileSync(file, 'hex'), `00ff7d0c${mended}7f11aa`);
  assert.ok(!mend(file));
  assert.equal(readFileSync(file, 'hex'), `00ff7d0c${mended}7f11aa`);
});

test('code that is another, or that is there twice, is left alone', () => {
  for (const hex of [['00'], [trimming.replace('7d0c', '7d0d')], [trimming, '00', trimming]]) {
    const file = fileOf(...hex);
    assert.ok(!mend(file));
    assert.equal(readFileSync(file, 'hex'), hex.join(''));
  }
});

test('the installed uWebSockets.js leaves the values of headers whole', async () => {
  assert.equal(await headersArriveWhole(), true);
});
