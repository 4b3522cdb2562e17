// The hooks of a turn: the operator's, and those of the repository unless the agent may only look.
import type { Sandbox } from '../../sandbox/sandbox.ts';
import { workspace } from '../../sandbox/sandbox.ts';
import type { Hooks } from '../../schema/hooks.ts';
import type { Policy } from '../../schema/policy.ts';
import { type CallHooks, makeCallHooks } from '../hooks/call-hooks.ts';
import { readRepositoryHooks } from '../hooks/read-repository-hooks.ts';

export type TurnHooksDependencies = {
  sandbox: Sandbox;
  signal: AbortSignal;
  policy: Policy | undefined;
  isPlanAllowed: boolean;
  operatorHooks: Hooks | undefined;
  /** Tells why the repository's are not run. */
  onProblem(problem: string): void;
};

/** @returns undefined where there are none */
export async function openTurnHooks({
  sandbox,
  signal,
  policy,
  isPlanAllowed,
  operatorHooks,
  onProblem,
}: TurnHooksDependencies): Promise<CallHooks | undefined> {
  // A repository's commands run unasked, which only a policy that asks for nothing they could do lets them.
  const runsAll = policy === undefined || policy.mode === 'auto' || (policy.mode === 'plan' && isPlanAllowed === true);
  const { hooks, folder, problem } = await readRepositoryHooks(sandbox);
  if (problem !== undefined) onProblem(problem);
  const lists = [...(operatorHooks ? [operatorHooks] : []), ...(runsAll ? [hooks] : [])];
  if (lists.every(({ before, after }) => before.length + after.length === 0)) return undefined;
  return makeCallHooks({ sandbox, signal, folder: folder.replace(workspace, sandbox.root), lists });
}
