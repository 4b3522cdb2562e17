// Checks what comes back from inside a container, which is not trusted, and turns it into files and trees.
import * as v from 'valibot';
import { failed, type Outcome, succeeded } from '../../schema/error.ts';
import type { FileBytes, FileContent } from '../../schema/file.ts';
import { cutText } from '../../schema/rules/text.ts';
import { encodeContent } from '../workspace/file-content.ts';
import type { TreeEntry } from '../workspace/file-tree.ts';

const ReadAnswer = v.object({ data: v.string(), size: v.pipe(v.number(), v.integer(), v.minValue(0)) });
const ListAnswer = v.object({ entries: v.array(v.tuple([v.string(), v.boolean()])), isCut: v.boolean() });

const Count = v.pipe(v.number(), v.integer(), v.minValue(0));
const UsageAnswer = v.object({ cpuMs: Count, memoryBytes: Count, processes: Count });
const DiskAnswer = v.object({ used: Count, size: Count });

const detailCharsMax = 1_000;
const senseless = failed('sandboxFailed', 'The sandbox gave an answer that makes no sense.');

/** The failures that the guest has reason to answer with. */
const Refusal = v.object({
  code: v.picklist(['badPath', 'fileTooLarge', 'noSuchFile', 'notAFile', 'sandboxFailed', 'sessionMoved']),
  detail: v.pipe(
    v.string(),
    v.transform((detail) => cutText(detail, detailCharsMax)),
  ),
});

export function parseRefusal(answer: object): Outcome<never> {
  const parsed = v.safeParse(Refusal, answer);
  return parsed.success ? failed(parsed.output.code, parsed.output.detail) : senseless;
}

export function parseContent(answer: Record<string, unknown>): Outcome<FileContent> {
  const parsed = v.safeParse(ReadAnswer, answer);
  if (!parsed.success) return senseless;
  return succeeded(encodeContent(Buffer.from(parsed.output.data, 'base64'), parsed.output.size));
}

export function parseBytes(answer: Record<string, unknown>): Outcome<FileBytes> {
  const parsed = v.safeParse(ReadAnswer, answer);
  if (!parsed.success) return senseless;
  return succeeded({ bytes: Buffer.from(parsed.output.data, 'base64'), size: parsed.output.size });
}

export function parseListing(
  answer: Record<string, unknown>,
  folder: string,
): Outcome<{ entries: TreeEntry[]; isCut: boolean }> {
  const parsed = v.safeParse(ListAnswer, answer);
  if (!parsed.success) return senseless;
  const inside = parsed.output.entries.filter(([path]) => path.startsWith(`${folder}/`));
  return succeeded({ entries: inside.map(([path, isFolder]) => ({ path, isFolder })), isCut: parsed.output.isCut });
}

export function parseUsage(
  answer: Record<string, unknown>,
): Outcome<{ cpuMs: number; memoryBytes: number; processes: number }> {
  const parsed = v.safeParse(UsageAnswer, answer);
  return parsed.success ? succeeded(parsed.output) : senseless;
}

/** @returns undefined for an answer that makes no sense */
export function parseDisk(answer: Record<string, unknown>): { used: number; size: number } | undefined {
  const parsed = v.safeParse(DiskAnswer, answer);
  return parsed.success ? parsed.output : undefined;
}
