// What a session's sandbox uses, as clients see it. Null is what its kind can't tell.
import * as v from 'valibot';
import { timestamp, wholeNumber } from './protocol/answer-fields.ts';

const count = v.nullable(wholeNumber);

const usageEntries = {
  cpuMs: v.pipe(count, v.description('The time of processors that it has used since it began')),
  cpus: v.pipe(v.nullable(v.number()), v.description('Processors that it may use at once, for example 1.5')),
  memoryBytes: count,
  memoryBytesMax: count,
  diskBytes: v.pipe(count, v.description('Of the workspace; some seconds old')),
  diskBytesMax: count,
  processes: count,
};

const SandboxUsage = v.strictObject(usageEntries);
/** What a sandbox holds and has used so far. */
export type SandboxUsage = v.InferOutput<typeof SandboxUsage>;

export const Resources = v.strictObject({
  sandbox: v.pipe(
    v.nullable(v.picklist(['docker', 'kubernetes', 'local', 'memory'])),
    v.description('Null for a session at rest, which is left there'),
  ),
  sample: v.nullable(v.strictObject({ at: timestamp, ...usageEntries })),
});
export type Resources = v.InferOutput<typeof Resources>;

/** Of a session that has no sandbox now. */
export const noResources: Resources = { sandbox: null, sample: null };
