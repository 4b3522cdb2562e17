// Mending the addon, on code like its own; the installed addon leaves header values whole. Its handling of frames without a
// mask is tested in engine/server/unmasked.integration.test.ts.
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { doHeadersArriveWhole } from '../server/whole-headers.ts';
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

test('the two comparisons become unsigned, everything else stays, and mending again changes nothing', () => {
  const file = fileOf('00ff7d0c', trimming, '7f11aa');
  assert.ok(mend(file));
  assert.equal(readFileSync(file, 'hex'), `00ff7d0c${mended}7f11aa`);
  assert.ok(!mend(file));
  assert.equal(readFileSync(file, 'hex'), `00ff7d0c${mended}7f11aa`);
});

const unasked = '410fb60ff6c140741880bbae000000010f85f6050000c683ae00000002410fb60ff6c1300f85e2050000';
const asked = `410fb60f41f64701800f84fd050000eb10${'90'.repeat(16)}f6c1700f85e2050000`;

test('the check for a compressed frame is replaced by the check for a mask, with or without the other mend', () => {
  assert.equal(asked.length, unasked.length);
  for (const [before, after] of [
    [unasked, asked],
    [`${trimming}00${unasked}`, `${mended}00${asked}`],
    [`${mended}00${unasked}`, `${mended}00${asked}`],
  ]) {
    const file = fileOf('00', before ?? '', 'ff');
    assert.ok(mend(file));
    assert.equal(readFileSync(file, 'hex'), `00${after}ff`);
    assert.ok(!mend(file));
  }
});

test('code that differs, or that occurs twice, is left alone', () => {
  const others = [['00'], [trimming.replace('7d0c', '7d0d')], [trimming, '00', trimming], [unasked, unasked]];
  for (const hex of others) {
    const file = fileOf(...hex);
    assert.ok(!mend(file));
    assert.equal(readFileSync(file, 'hex'), hex.join(''));
  }
});

test('the installed uWebSockets.js leaves the values of headers whole', async () => {
  assert.equal(await doHeadersArriveWhole(), true);
});
