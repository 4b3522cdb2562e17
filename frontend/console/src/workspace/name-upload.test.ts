// Whatever a file is called, it lands in the folder that was chosen, under a name that deceives nobody.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { isDeceptive } from '../ui/find-deceptive.ts';
import { cleanName, nameOfPasted } from './name-upload.ts';

test('a name stays as it is unless it is a path or deceives', () => {
  assert.equal(cleanName('Grüße <1>.tar.gz'), 'Grüße <1>.tar.gz');
  assert.equal(cleanName('../../etc/passwd'), '..-..-etc-passwd');
  assert.equal(cleanName('invoice\u202egnp.exe\n'), 'invoicegnp.exe');
  assert.deepEqual(['', '.', '..', '\u200b'].map(cleanName), ['file', 'file', 'file', 'file']);
  assert.match(cleanName(`${'ü'.repeat(300)}.png`), /^ü{98}\.png$/);
});

test('any name becomes one that a folder can hold', () => {
  const property = fc.property(fc.string({ unit: 'binary' }), (name) => {
    const cleaned = cleanName(name);
    assert.ok(!/[/\\\0\n]/.test(cleaned) && !isDeceptive(cleaned) && cleaned !== '' && cleaned !== '..');
    assert.ok(new TextEncoder().encode(cleaned).length <= 200);
  });
  fc.assert(property);
});

test('a pasted image is told by its time', () => {
  assert.equal(nameOfPasted('image.png', new Date('2026-11-29T19:04:12.5Z')), 'pasted-2026-11-29-190412.png');
  assert.equal(nameOfPasted('plan.png', new Date()), 'plan.png');
});
