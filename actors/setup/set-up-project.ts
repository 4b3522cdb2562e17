// Sets a fresh clone up: from the snapshot that its sandbox was made from, or by running what the repository asks for.
import type { Sandbox } from '../../sandbox/sandbox.ts';
import type { AboutSnapshot } from '../../sandbox/sandbox-source.ts';
import type { ToolEvent } from '../tools/tool.ts';
import { describeBegin, describeRestored, findProjectSetup, runProjectSetup } from './project-setup.ts';
import { bringBack, forgetClone, keepSnapshot } from './setup-snapshot.ts';

export type SetupRequest = {
  sandbox: Sandbox;
  /** The one that the sandbox was made from. */
  restored: AboutSnapshot | undefined;
  /** The name of the session's snapshot; without one nothing is kept. */
  snapshot: string | undefined;
  signal: AbortSignal;
  recordEvent(recorded: ToolEvent): void;
};

/** A setup that fails is told, and the work begins all the same. */
export async function setUpProject({ sandbox, restored, snapshot, signal, recordEvent }: SetupRequest): Promise<void> {
  const setup = await findProjectSetup(sandbox);
  const isSame = setup !== undefined && restored?.digest === setup.digest;
  if (isSame && (await bringBack(sandbox, signal))) return recordEvent(describeRestored(setup));
  if (restored) await forgetClone(sandbox, signal);
  if (!setup) return;
  if (setup.commands.length > 0) recordEvent(describeBegin(setup));
  const { event, isDone } = await runProjectSetup(sandbox, setup, signal);
  if (isDone && setup.commands.length > 0 && snapshot !== undefined)
    await keepSnapshot(sandbox, snapshot, setup.digest, signal);
  recordEvent(event);
}
