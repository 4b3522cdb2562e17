// Relinking a shared library, on a small one made for the test.
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { relink } from './relink-uws.mjs';

const folder = mkdtempSync(join(tmpdir(), 'lucid-relink-'));
after(() => rmSync(folder, { recursive: true }));

const at = { sections: 0x40, symbols: 0x200, versions: 0x280, needs: 0x300, strings: 0x400 };
const versionIndex = { 'GLIBC_2.38': 2, 'GLIBC_2.2.5': 3 };

/** An ELF-64 file with nothing but the four tables that say which symbols it wants from which version of glibc. */
function libraryThatWants(symbols: string[]): Buffer {
  const elf = Buffer.alloc(0x600);
  const strings: Record<string, number> = {};
  let end = 1;
  for (const text of ['libc.so.6', ...Object.keys(versionIndex), ...symbols]) {
    strings[text] = end;
    end += elf.write(`${text}\0`, at.strings + end, 'latin1');
  }
  const offsetOf = (text: string) => strings[text] ?? assert.fail(text);
  elf.write('\x7fELF\x02\x01', 0, 'latin1');
  elf.writeBigUInt64LE(BigInt(at.sections), 0x28);
  elf.writeUInt16LE(64, 0x3a);
  elf.writeUInt16LE(4, 0x3c);
  const section = (index: number, type: number, offset: number, size: number, entry: number, info = 0) => {
    const header = at.sections + index * 64;
    elf.writeUInt32LE(type, header + 4);
    elf.writeBigUInt64LE(BigInt(offset), header + 24);
    elf.writeBigUInt64LE(BigInt(size), header + 32);
    elf.writeUInt32LE(3, header + 40);
    elf.writeUInt32LE(info, header + 44);
    elf.writeBigUInt64LE(BigInt(entry), header + 56);
  };
  section(0, 11, at.symbols, symbols.length * 24, 24);
  section(1, 0x6fffffff, at.versions, symbols.length * 2, 2);
  section(2, 0x6ffffffe, at.needs, 48, 0, 1);
  section(3, 3, at.strings, end, 0);
  symbols.forEach((symbol, index) => {
    elf.writeUInt32LE(offsetOf(symbol), at.symbols + index * 24);
    elf.writeUInt16LE(versionIndex['GLIBC_2.38'], at.versions + index * 2);
  });
  elf.writeUInt16LE(2, at.needs + 2);
  elf.writeUInt32LE(offsetOf('libc.so.6'), at.needs + 4);
  elf.writeUInt32LE(16, at.needs + 8);
  Object.entries(versionIndex).forEach(([name, index], n) => {
    const needed = at.needs + 16 + n * 16;
    elf.writeUInt16LE(index, needed + 6);
    elf.writeUInt32LE(offsetOf(name), needed + 8);
    elf.writeUInt32LE(16, needed + 12);
  });
  return elf;
}

function fileWith(symbols: string[]): string {
  const file = join(folder, `${symbols.join('-')}.node`);
  writeFileSync(file, libraryThatWants(symbols));
  return file;
}

test('C23 spellings point to the old names of the oldest version, and the new version is marked as weak', () => {
  const file = fileWith(['__isoc23_strtol', '__isoc23_sscanf']);
  assert.deepEqual(relink(file), ['__isoc23_strtol', '__isoc23_sscanf']);
  const elf = readFileSync(file);
  const nameOf = (index: number) => {
    const start = at.strings + elf.readUInt32LE(at.symbols + index * 24);
    return elf.toString('latin1', start, elf.indexOf(0, start));
  };
  assert.deepEqual([nameOf(0), nameOf(1)], ['strtol', 'sscanf']);
  assert.equal(elf.readUInt16LE(at.versions), versionIndex['GLIBC_2.2.5']);
  assert.equal(elf.readUInt16LE(at.needs + 16 + 4), 2, 'the weak flag');
});

test('relinking a second time changes nothing', () => {
  const file = fileWith(['__isoc23_strtoul']);
  relink(file);
  const once = readFileSync(file);
  assert.deepEqual(relink(file), []);
  assert.deepEqual(readFileSync(file), once);
});

test('a symbol that older glibcs lack under any name is an error, and the file stays as it was', () => {
  const file = fileWith(['strlcpy']);
  const before = readFileSync(file);
  assert.throws(() => relink(file), /needs strlcpy of GLIBC_2\.38/);
  assert.deepEqual(readFileSync(file), before);
});

test('a file that is not an ELF-64 library is left alone', () => {
  const file = join(folder, 'text.node');
  writeFileSync(file, 'x'.repeat(100));
  assert.deepEqual(relink(file), []);
});

test('the installed uWebSockets.js loads', async () => {
  const { default: uws } = await import('uWebSockets.js');
  assert.equal(typeof uws.App, 'function');
});
