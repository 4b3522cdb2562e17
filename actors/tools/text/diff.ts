// What changed in a file, as a unified diff of bounded size, made in bounded time.
import { createTwoFilesPatch, FILE_HEADERS_ONLY } from 'diff';
import { workspace } from '../../../sandbox/sandbox.ts';
import { limits } from '../../../schema/limits.ts';
import { cutText } from '../../../schema/rules/text.ts';
import { linesOf } from './lines.ts';

const contextLines = 3;

/**
 * @param path absolute, under the workspace
 * @returns the headers and hunks that `git diff` and `patch` know, cut at `limits.diffCharsMax`; a word in place of hunks
 *   where more than `limits.diffEditsMax` lines changed; undefined where nothing did
 */
export function makeUnifiedDiff(path: string, before: string, after: string): string | undefined {
  if (before === after) return undefined;
  const name = path.slice(workspace.length + 1);
  const options = { context: contextLines, maxEditLength: limits.diffEditsMax, headerOptions: FILE_HEADERS_ONLY };
  const diff = createTwoFilesPatch(`a/${name}`, `b/${name}`, before, after, undefined, undefined, options);
  return cutDiff(diff ?? `--- a/${name}\n+++ b/${name}\n${writeRewriteNote(before, after)}\n`);
}

const writeRewriteNote = (before: string, after: string): string =>
  `[More than ${limits.diffEditsMax} lines changed: the file had ${linesOf(before).length}, and now has ${linesOf(after).length}.]`;

/** Cut between lines where that is possible. */
function cutDiff(diff: string): string {
  if (diff.length <= limits.diffCharsMax) return diff;
  const cut = cutText(diff, limits.diffCharsMax);
  const kept = cut.slice(0, cut.lastIndexOf('\n') + 1);
  return `${kept}[… ${diff.length - kept.length} more characters of this diff left out …]\n`;
}
