// Says why a clone failed, in a sentence for its user. Pure.
import { type Failure, failed, type Outcome } from '../../schema/error.ts';
import { cutText } from '../../schema/rules/text.ts';
import type { RunResult } from '../sandbox.ts';
import { repositoryNameOf } from './repo-url.ts';

export type ClonedRepository = { repoUrl: string; gitProxyUrl: string; branch: string | null };

const printedCharsMax = 500;

/**
 * @param refusal why the git proxy refused git's last request
 * @returns the failure; it names the repository by its own URL, and never by the proxy's
 */
export function cloneFailureOf(
  result: RunResult,
  { repoUrl, gitProxyUrl, branch }: ClonedRepository,
  refusal: Failure | undefined,
): Outcome<never> {
  const repository = repositoryNameOf(repoUrl);
  const { kind, output } = result;
  if (kind === 'timedOut')
    return failed('repositoryTooSlow', `${repository} was not cloned within ${result.limitMs / 1_000} s.`);
  if (kind === 'cancelled') return failed('repositoryFailed', `The clone of ${repository} was interrupted.`);
  if (refusal) return { ok: false, failure: refusal };
  if (/Remote branch .* not found/.test(output))
    return failed('noSuchBranch', `${repository} has no branch "${branch ?? ''}".`);
  if (/No space left on device|Disk quota exceeded|unable to write file/i.test(output))
    return failed('repositoryTooLarge', `${repository} does not fit into the sandbox's workspace.`);
  if (result.exitCode === 137 || /out of memory|died of signal 9/i.test(output))
    return failed('repositoryTooLarge', `${repository} needs more memory to be cloned than the sandbox has.`);
  const printed = output.replaceAll(gitProxyUrl, repoUrl).replace(/\s+/g, ' ').trim();
  return failed('repositoryFailed', `${repository} could not be cloned: ${cutText(printed, printedCharsMax)}`);
}
