// What git prints about changed files is read whole, whatever bytes their names have, and wherever it is cut.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { escapedTextOf } from '../workspace/escaped-text.ts';
import { type FoundChange, parseGitOutput } from './git-output.ts';

/** A file's name as git may print it: any bytes but NUL, at least one. */
const name = fc.uint8Array({ min: 1, max: 255, minLength: 1, maxLength: 12 }).map((bytes) => Buffer.from(bytes));
const lines = fc.nat({ max: 999_999 });

type Given = { names: [Buffer, Buffer]; kind: FoundChange['kind']; added: number; removed: number; isBinary: boolean };

const given: fc.Arbitrary<Given> = fc.record({
  names: fc.tuple(name, name),
  kind: fc.constantFrom('added', 'modified', 'deleted', 'renamed'),
  added: lines,
  removed: lines,
  isBinary: fc.boolean(),
});

const letters = { added: 'A', modified: 'M', deleted: 'D', renamed: 'R087' };
const nul = Buffer.from([0]);
const joined = (...records: (Buffer | string)[]) =>
  Buffer.concat(records.flatMap((record) => [Buffer.from(record as Buffer), nul]));

const rawOf = ({ names: [path, old], kind }: Given): Buffer => {
  const ids = `${'0'.repeat(40)} ${'a1'.repeat(20)}`;
  return joined(`:100644 100755 ${ids} ${letters[kind]}`, ...(kind === 'renamed' ? [old] : []), path);
};

const countsOf = ({ names: [path, old], kind, added, removed, isBinary }: Given): Buffer => {
  const counts = isBinary ? '-\t-\t' : `${added}\t${removed}\t`;
  if (kind === 'renamed') return joined(counts, old, path);
  return Buffer.concat([Buffer.from(counts), joined(path)]);
};

const foundOf = ({ names: [path, old], kind, added, removed, isBinary }: Given): FoundChange => ({
  path: escapedTextOf(path),
  ...(kind === 'renamed' && { oldPath: escapedTextOf(old) }),
  kind,
  added: isBinary ? 0 : added,
  removed: isBinary ? 0 : removed,
  isBinary,
  isCounted: true,
});

const many = fc.uniqueArray(given, { selector: ({ names: [path] }) => escapedTextOf(path), maxLength: 12 });
const outputOf = (all: Given[]) => Buffer.concat([...all.map(rawOf), ...all.map(countsOf)]);

test('every change is found with its names, lines and kind, and the diff behind them as it is', () => {
  void fc.assert(
    fc.property(many, fc.uint8Array({ maxLength: 40 }), (all, rest) => {
      const output = Buffer.concat([outputOf(all), nul, Buffer.from(rest)]);
      assert.deepEqual(parseGitOutput(output), { changes: all.map(foundOf), rest: Buffer.from(rest) });
    }),
  );
});

test('an output that is cut anywhere gives no change that is not so', () => {
  void fc.assert(
    fc.property(many, fc.nat({ max: 2_000 }), (all, cut) => {
      const { changes } = parseGitOutput(outputOf(all).subarray(0, cut));
      const whole = all.map(foundOf);
      for (const change of changes.filter(({ isCounted }) => isCounted))
        assert.deepEqual(
          change,
          whole.find(({ path }) => path === change.path),
        );
    }),
  );
});

test('any bytes at all are read without a throw, in a bounded number of changes', () => {
  void fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      assert.ok(parseGitOutput(Buffer.from(bytes)).changes.length <= bytes.length);
    }),
  );
});
