// The policy of a session: which calls of its agent run, which want a person's decision, and which never run.
import * as v from 'valibot';
import { limits } from './limits.ts';

/**
 * `auto`: what no rule names runs. `ask`: what changes anything asks. `read-only`: what changes anything is refused.
 * `plan`: as `read-only`, until the user has allowed a plan; then as `auto`.
 */
export const policyModes = ['auto', 'ask', 'read-only', 'plan'] as const;

export const verdicts = ['allow', 'ask', 'deny'] as const;

/** What an ended wait comes to: the call is refused, or run, or the turn is ended. */
const timeoutResults = ['deny', 'allow', 'end'] as const;

/** What rules and hooks compare. */
export const pattern = v.pipe(v.string(), v.minLength(1), v.maxLength(limits.policyTextCharsMax));
export const pathPattern = v.pipe(
  pattern,
  v.check(
    (glob) => glob.split('/').length <= limits.policyPathPartsMax,
    `must go through at most ${limits.policyPathPartsMax} folders`,
  ),
);

export const PolicyRule = v.pipe(
  v.strictObject({
    tool: v.exactOptional(
      v.pipe(pattern, v.description('A tool’s name, or several with `|` between them; `*` stands for any text')),
    ),
    command: v.exactOptional(
      v.pipe(
        pattern,
        v.description('The first words of a command, such as `git push`; every command of a shell line is compared'),
      ),
    ),
    path: v.exactOptional(
      v.pipe(pathPattern, v.description('A path from the workspace on; `*` stays within a folder, `**` does not')),
    ),
    host: v.exactOptional(v.pipe(pattern, v.description('A host’s name; `*.example.com` for all below it'))),
    does: v.exactOptional(
      v.pipe(
        v.picklist(['forcePush', 'pushToDefault', 'deleteOutside']),
        v.description('What asks by default in every mode'),
      ),
    ),
    decision: v.picklist(verdicts),
  }),
  v.check(
    ({ decision: _, ...conditions }) => Object.keys(conditions).length > 0,
    'must name a tool, command, path, host or what it does',
  ),
);
export type PolicyRule = v.InferOutput<typeof PolicyRule>;

export const Policy = v.strictObject({
  mode: v.optional(v.picklist(policyModes), 'auto'),
  rules: v.exactOptional(
    v.pipe(
      v.array(PolicyRule),
      v.maxLength(limits.policyRulesMax),
      v.description('The first rule that fits a call decides; a rule fits where all that it names does'),
    ),
  ),
  timeoutSeconds: v.exactOptional(
    v.pipe(
      v.number(),
      v.integer(),
      v.minValue(1),
      v.maxValue(limits.waitSecondsMax),
      v.description(`How long a person may take; ${limits.waitSecondsDefault} by default`),
    ),
  ),
  onTimeout: v.exactOptional(
    v.pipe(
      v.picklist(timeoutResults),
      v.description('`deny` (the default): the call is refused; `allow`: it runs; `end`: the turn ends'),
    ),
  ),
});
export type Policy = v.InferOutput<typeof Policy>;

export const waitMsOf = (policy: Policy | undefined): number =>
  (policy?.timeoutSeconds ?? limits.waitSecondsDefault) * 1_000;
