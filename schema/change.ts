// What a workspace's files have become since its base, as clients see it.
import * as v from 'valibot';
import { wholeNumber } from './protocol/answer-fields.ts';

const changeKinds = ['added', 'modified', 'deleted', 'renamed'] as const;
export type ChangeKind = (typeof changeKinds)[number];

const changeEntries = {
  path: v.pipe(v.string(), v.description('As the tree names it; bytes that are not UTF-8 are shown as U+FFFD')),
  kind: v.picklist(changeKinds),
  oldPath: v.exactOptional(v.pipe(v.string(), v.description('Of a renamed file'))),
  added: v.pipe(wholeNumber, v.description('Lines')),
  removed: v.pipe(wholeNumber, v.description('Lines')),
  binary: v.exactOptional(v.pipe(v.literal(true), v.description('Where its lines are not counted'))),
};

export const Change = v.strictObject(changeEntries);
export type Change = v.InferOutput<typeof Change>;

export const Changes = v.strictObject({
  base: v.pipe(v.nullable(v.string()), v.description('The commit that was cloned; null for the empty folder')),
  changes: v.pipe(v.array(Change), v.description('By path')),
  truncated: v.exactOptional(v.pipe(v.literal(true), v.description('Where more has changed'))),
});
export type Changes = v.InferOutput<typeof Changes>;

export const FileDiff = v.strictObject({
  ...changeEntries,
  diff: v.pipe(v.string(), v.description('Unified; of a binary file one line that says so')),
  truncated: v.exactOptional(v.pipe(v.literal(true), v.description('Where the diff is cut'))),
});
export type FileDiff = v.InferOutput<typeof FileDiff>;
