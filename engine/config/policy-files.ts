// The operator's hooks, and the policy of sessions whose client chooses none.
import { readFileSync } from 'node:fs';
import * as v from 'valibot';
import { Hooks } from '../../schema/hooks.ts';
import { Policy } from '../../schema/policy.ts';

export const hooksFileAccepts =
  'the path of a JSON file such as {"after": [{"tool": "write", "command": "npm run format"}]}';
export const policyFileAccepts = 'the path of a JSON file with a policy, such as {"mode": "ask", "rules": []}';

/** @returns undefined for what can't be read, or makes no sense */
const readJson =
  <Schema extends v.GenericSchema>(schema: Schema) =>
  (path: string): v.InferOutput<Schema> | undefined => {
    try {
      const parsed = v.safeParse(schema, JSON.parse(readFileSync(path, 'utf8')));
      return parsed.success ? parsed.output : undefined;
    } catch {
      return undefined;
    }
  };

export const readHooksFile = readJson(Hooks);
export const readPolicyFile = readJson(Policy);
