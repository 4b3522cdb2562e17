// Sets a fresh clone up: from the snapshot that its sandbox was made from, or by running what the repository asks for.
import type { Sandbox } from '../../sandbox/sandbox.ts';
import type { AboutSnapshot } from '../../sandbox/sandbox-source.ts';
import { failed } from '../../schema/error.ts';
import type { ToolEvent } from '../tools/tool.ts';
import {
  describeBegin,
  describeRestored,
  findProjectSetup,
  type ProjectSetup,
  runProjectSetup,
} from './project-setup.ts';
import { bringBack, forgetClone, keepSnapshot } from './setup-snapshot.ts';

/** Setting variables takes a millisecond, once the shell is open. */
const exportTimeoutMs = 10_000;

export type SetupRequest = {
  sandbox: Sandbox;
  /** The one that the sandbox was made from. */
  restored: AboutSnapshot | undefined;
  /** The name of the session's snapshot; without one nothing is kept. */
  snapshot: string | undefined;
  signal: AbortSignal;
  recordEvent(recorded: ToolEvent): void;
};

const noImages = (image: string) =>
  failed('invalid', `The image ${image} isn't used: sandboxes of this kind have no images.`);

/** Has the image and the variables that a repository asks for, as far as it may. @returns the setup with what came of that */
async function useWishes(sandbox: Sandbox, setup: ProjectSetup, signal: AbortSignal): Promise<ProjectSetup> {
  const { image, exports } = setup;
  const warningBefore = sandbox.warning;
  const used = image === undefined ? undefined : await (sandbox.useImage?.(image) ?? noImages(image));
  if (exports.length > 0) await sandbox.run(exports.join('\n'), { timeoutMs: exportTimeoutMs, signal }); // Where that fails, the shell is a fresh one later.
  if (used === undefined) return setup;
  if (!used.ok) return { ...setup, refusals: [used.failure.detail, ...setup.refusals] };
  const warning = sandbox.warning === warningBefore ? undefined : sandbox.warning;
  const sentence = [`Commands run in the image ${image}.`, warning ?? []].flat().join(' ');
  return { ...setup, digest: `${setup.digest} ${used.value.imageId}`, refusals: [sentence, ...setup.refusals] };
}

/** A setup that fails is told, and the work begins all the same. */
export async function setUpProject({ sandbox, restored, snapshot, signal, recordEvent }: SetupRequest): Promise<void> {
  const found = await findProjectSetup(sandbox);
  const setup = found && (await useWishes(sandbox, found, signal));
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
