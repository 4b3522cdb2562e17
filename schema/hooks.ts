// Hooks: commands of the repository or the operator that run in the sandbox before and after an agent's calls.
import * as v from 'valibot';
import { limits } from './limits.ts';
import { pathPattern, pattern } from './policy.ts';

const Hook = v.strictObject({
  /** The tool's name, or several with `|` between them; `*` stands for any text. All tools where it is absent. */
  tool: v.exactOptional(pattern),
  /** A path of the call, from the workspace or the repository on; all calls where it is absent. */
  path: v.exactOptional(pathPattern),
  command: v.pipe(v.string(), v.minLength(1), v.maxLength(limits.hookCharsMax)),
  timeoutSeconds: v.exactOptional(v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(limits.hookSecondsMax))),
});
export type Hook = v.InferOutput<typeof Hook>;

const hookList = v.optional(v.pipe(v.array(Hook), v.maxLength(limits.hooksMax)), []);

/** The form of the operator's file and of `.lucid/hooks.json`. */
export const Hooks = v.strictObject({ before: hookList, after: hookList });
export type Hooks = v.InferOutput<typeof Hooks>;
