// The operator's hooks, and the policy of sessions whose client chooses none.
import { findStrangeHook } from '../../actors/hooks/read-repository-hooks.ts';
import { findStrangeRule } from '../../actors/session/check-choice.ts';
import { Hooks } from '../../schema/hooks.ts';
import { Policy } from '../../schema/policy.ts';
import { type FileRead, readJsonFile, refuseFile } from './file-reading.ts';

export const hooksFileAccepts =
  'the path of a JSON file such as {"after": [{"tool": "write|edit", "command": "npm run format"}]}, with tools that there are';
export const policyFileAccepts =
  'the path of a JSON file with a policy, such as {"mode": "ask", "rules": []}, with tools that there are';

export function readHooksFile(path: string): FileRead<Hooks> {
  const file = readJsonFile(Hooks, path);
  const strange = file.ok ? findStrangeHook(file.value) : undefined;
  return strange === undefined ? file : refuseFile(`in which ${strange}`);
}

export function readPolicyFile(path: string): FileRead<Policy> {
  const file = readJsonFile(Policy, path);
  const strange = file.ok ? findStrangeRule(file.value.rules) : undefined;
  return strange ? refuseFile(`in which ${strange.path.replace(/^policy\./, '')} ${strange.message}`) : file;
}
