// Masking takes a secret out of a text in every spelling and however it was cut, and takes nothing else.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { Masking, mask } from './masking.ts';

const secret = 'ghp_Canary+7/d1f=ü"x';
const masking = new Masking([secret]);

test('a secret is masked as it is, in a URL, as JSON, in hexadecimal and in base64', () => {
  for (const spelled of [
    secret,
    encodeURIComponent(secret),
    JSON.stringify({ token: secret }),
    Buffer.from(secret).toString('hex'),
    Buffer.from(secret).toString('hex').toUpperCase(),
  ]) {
    const masked = masking.maskText(`before ${spelled} after`);
    assert.match(masked, /^before .*\[secret\].* after$/);
    assert.doesNotMatch(masked, /canary|43616e617279/i);
  }
});

test('a secret anywhere inside base64 can’t be read from the rest', async () => {
  const plain = fc.uint8Array({ maxLength: 40 });
  await fc.assert(
    fc.property(plain, plain, fc.constantFrom('base64' as const, 'base64url' as const), (before, after, encoding) => {
      const text = Buffer.concat([before, Buffer.from(secret), after]).toString(encoding);
      const masked = masking.maskText(text);
      assert.ok(masked.includes(mask));
      const rest = masked.split(mask).map((part) => Buffer.from(part, encoding).toString('latin1'));
      assert.ok(rest.every((part) => !part.includes('anary')));
    }),
  );
});

/** As programs cut what they encode. */
const cutIntoLines = (text: string, columns: number, end: string): string =>
  (text.match(new RegExp(`.{1,${columns}}`, 'g')) ?? []).join(end);

test('a secret that is encoded over several lines can’t be read, also where it comes in pieces', async () => {
  const plain = fc.uint8Array({ maxLength: 90 });
  const encodings = fc.constantFrom('base64' as const, 'base64url' as const, 'hex' as const);
  const ends = fc.constantFrom('\n', '\r\n');
  await fc.assert(
    fc.property(
      plain,
      plain,
      encodings,
      fc.integer({ min: 4, max: 76 }),
      ends,
      (before, after, encoding, columns, end) => {
        const whole = Buffer.concat([before, Buffer.from(secret), after]).toString(encoding);
        const text = cutIntoLines(whole, columns, end);
        const stream = masking.openStream();
        const shown = text.match(/[\s\S]{1,7}/g)?.map((piece) => stream.add(piece)) ?? [];
        for (const masked of [masking.maskText(text), shown.join('') + stream.finish()]) {
          assert.ok(masked.includes(mask));
          const rest = masked
            .split(mask)
            .map((part) => Buffer.from(part.replace(/[\r\n]/g, ''), encoding).toString('latin1'));
          assert.ok(rest.every((part) => !part.includes('anary')));
        }
      },
    ),
  );
});

test('a secret of several lines is masked as it is, on one line, and in pieces', () => {
  const several = new Masking(['-----BEGIN KEY-----\nq83vEjRWeJ\nkaL7zN3u8A\n-----END KEY-----']);
  for (const end of ['\n', '\r\n', '']) {
    const text = `key: ${['-----BEGIN KEY-----', 'q83vEjRWeJ', 'kaL7zN3u8A', '-----END KEY-----'].join(end)}\nend`;
    const stream = several.openStream();
    const shown = text.match(/[\s\S]{1,5}/g)?.map((piece) => stream.add(piece)) ?? [];
    assert.equal(several.maskText(text), `key: ${mask}\nend`);
    assert.equal(shown.join('') + stream.finish(), `key: ${mask}\nend`);
  }
});

test('text without a secret is unchanged, and short secrets are not looked for', async () => {
  const short = new Masking(['abc', '', '   ']);
  await fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), (text) => {
      assert.equal(short.maskText(text), text);
      assert.equal(new Masking([]).maskText(text), text);
      if (!text.includes(secret)) assert.equal(masking.maskText(text), text);
    }),
  );
});

test('any text can be a secret, even half of a character', async () => {
  await fc.assert(
    fc.property(fc.string({ unit: 'binary' }), fc.integer({ min: 0xd800, max: 0xdfff }), (text, half) => {
      const odd = `${text.trim()}${String.fromCharCode(half)}ghp_canary`;
      assert.ok(!new Masking([odd]).maskText(`before ${odd.toWellFormed()} after`).includes('canary'));
    }),
  );
});

test('every text in a value is masked, and its other parts are unchanged', () => {
  const value = { [secret]: [secret, 1, null, true, { deep: `x${secret}` }] };
  assert.deepEqual(masking.maskValue(value), { [mask]: [mask, 1, null, true, { deep: `x${mask}` }] });
});

test('a secret that comes in pieces is masked however it is cut, and nothing is lost', async () => {
  const text = `start ${secret} middle ${secret}${secret} end`;
  const cuts = fc.array(fc.nat(text.length), { maxLength: 10 });
  await fc.assert(
    fc.property(cuts, (places) => {
      const stream = masking.openStream();
      const edges = [0, ...places.sort((a, b) => a - b), text.length];
      const shown = edges.slice(1).map((edge, at) => stream.add(text.slice(edges[at], edge)));
      assert.equal(shown.join('') + stream.finish(), masking.maskText(text));
    }),
  );
});

test('the end of a line is shown at once, though a secret could begin with it', () => {
  const stream = masking.openStream();
  assert.equal(stream.add('a big\n'), 'a big\n');
  assert.equal(stream.add('host\n'), 'host\n');
  assert.equal(stream.add('a log\r\n'), 'a log\r\n');
  assert.equal(stream.add(secret.slice(1, 9)), '');
  assert.equal(stream.add(`${secret.slice(9)}\n`), `${mask}\n`);
  assert.equal(stream.add(`a bi${secret.slice(0, 4)}\n`), 'a bi');
  assert.equal(stream.finish(), `${secret.slice(0, 4)}\n`);
});

test('a flood of empty lines is shown, though a secret could begin before it', () => {
  const stream = masking.openStream();
  stream.add(`the log${secret.slice(0, 5)}`);
  assert.equal(stream.add('\n'.repeat(5)), `${secret.slice(0, 5)}\n\n\n\n\n`);
  assert.equal(stream.add('\n'.repeat(100_000)).length, 100_000);
  assert.equal(stream.finish(), '');
});

test('a stream holds text back only where it could be the beginning of a secret', () => {
  const stream = masking.openStream();
  assert.equal(stream.add('Listening on port 3000'), 'Listening on port 3000');
  assert.equal(stream.add(' with GHP_can'), ' with ');
  assert.equal(stream.add('cel'), 'GHP_cancel');
  assert.equal(stream.finish(), '');
});

test('two secrets, one of which is the beginning of the other, are both masked whole', () => {
  const both = new Masking(['sk-ant-0123', 'sk-ant-0123456789']);
  assert.equal(both.maskText('a sk-ant-0123456789 b sk-ant-0123 c'), `a ${mask} b ${mask} c`);
});
