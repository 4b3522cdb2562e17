// The operator's hooks, and the policy of sessions whose client chooses none.
import { readFileSync } from 'node:fs';
import * as v from 'valibot';
import { findStrangeHook } from '../../actors/hooks/read-repository-hooks.ts';
import { findStrangeRule } from '../../actors/session/check-choice.ts';
import { Hooks } from '../../schema/hooks.ts';
import { Policy } from '../../schema/policy.ts';

export const hooksFileAccepts =
  'the path of a JSON file such as {"after": [{"tool": "write|edit", "command": "npm run format"}]}, with tools that there are';
export const policyFileAccepts =
  'the path of a JSON file with a policy, such as {"mode": "ask", "rules": []}, with tools that there are';

/** @returns undefined for what can't be read, or makes no sense */
const readJson =
  <Schema extends v.GenericSchema>(schema: Schema, isStrange: (read: v.InferOutput<Schema>) => boolean) =>
  (path: string): v.InferOutput<Schema> | undefined => {
    try {
      const parsed = v.safeParse(schema, JSON.parse(readFileSync(path, 'utf8')));
      return parsed.success && !isStrange(parsed.output) ? parsed.output : undefined;
    } catch {
      return undefined;
    }
  };

export const readHooksFile = readJson(Hooks, (hooks) => findStrangeHook(hooks) !== undefined);
export const readPolicyFile = readJson(Policy, ({ rules = [] }) => findStrangeRule(rules) !== undefined);
