// Reads the hooks of a session's repository. A file that makes no sense is told to the agent, and nothing of it is run.
import path from 'node:path/posix';
import * as v from 'valibot';
import { repositoryPath } from '../../sandbox/git/repository.ts';
import { type Sandbox, workspace } from '../../sandbox/sandbox.ts';
import { Hooks } from '../../schema/hooks.ts';
import { limits } from '../../schema/limits.ts';
import { findStrangePattern } from '../tools/tool-pattern.ts';

const hooksPath = '.lucid/hooks.json';

/** `folder`: where they run, as files are named; `problem`: why there are none. */
export type RepositoryHooks = { hooks: Hooks; folder: string; problem?: string };

const noHooks: Hooks = { before: [], after: [] };

export async function readRepositoryHooks(sandbox: Sandbox): Promise<RepositoryHooks> {
  for (const folder of [repositoryPath, workspace]) {
    const file = await sandbox.read(path.join(folder, hooksPath), { length: limits.hooksFileBytesMax + 1 });
    if (!file.ok) continue;
    if (file.value.content.length > limits.hooksFileBytesMax) return refuse(folder, 'it is too large');
    try {
      const parsed = v.safeParse(Hooks, JSON.parse(file.value.content));
      if (parsed.success) {
        const strange = findStrangeHook(parsed.output);
        return strange === undefined ? { hooks: parsed.output, folder } : refuse(folder, strange);
      }
      const [issue] = parsed.issues;
      return refuse(folder, `${v.getDotPath(issue) ?? 'the whole'} is wrong: ${issue.message}`);
    } catch {
      return refuse(folder, 'it is no JSON');
    }
  }
  return { hooks: noHooks, folder: workspace };
}

/** @returns what is wrong with a hook that would never run */
export function findStrangeHook({ before, after }: Hooks): string | undefined {
  const strange = findStrangePattern([...before, ...after].map(({ tool }) => tool));
  return strange && `a hook’s tool ${strange.message}`;
}

const refuse = (folder: string, why: string): RepositoryHooks => ({
  hooks: noHooks,
  folder,
  problem: `The hooks in ${hooksPath} are not run: ${why}.`,
});
