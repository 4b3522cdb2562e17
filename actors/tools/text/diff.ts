// What changed in a file, as a unified diff of bounded size, made in bounded time.
import { createTwoFilesPatch, FILE_HEADERS_ONLY } from 'diff';
import { workspace } from '../../../sandbox/sandbox.ts';
import { cutText } from '../../../schema/rules/text.ts';
import { linesOf } from './lines.ts';

/** Lines removed and added together, up to which a diff is made: 40 ms for the largest file, 300 ms for 2,000. */
const diffEditsMax = 500;
/** A diff as stored: twice what goes on the wire. */
export const diffCharsMax = 20_000;

const contextLines = 3;

/**
 * @param path absolute, under the workspace
 * @returns the headers and hunks that `git diff` and `patch` know, cut at `diffCharsMax`; a word in place of hunks
 *   where more than `diffEditsMax` lines changed; undefined where nothing did
 */
export function makeUnifiedDiff(path: string, before: string, after: string): string | undefined {
  if (before === after) return undefined;
  const name = path.slice(workspace.length + 1);
  const options = { context: contextLines, maxEditLength: diffEditsMax, headerOptions: FILE_HEADERS_ONLY };
  const diff = createTwoFilesPatch(`a/${name}`, `b/${name}`, before, after, undefined, undefined, options);
  return cutDiff(diff ?? `--- a/${name}\n+++ b/${name}\n${writeRewriteNote(before, after)}\n`);
}

const writeRewriteNote = (before: string, after: string): string =>
  `[More than ${diffEditsMax} lines changed: the file had ${linesOf(before).length}, and now has ${linesOf(after).length}.]`;

/** Cuts between lines where that is possible. */
function cutDiff(diff: string): string {
  if (diff.length <= diffCharsMax) return diff;
  const cut = cutText(diff, diffCharsMax);
  const kept = cut.slice(0, cut.lastIndexOf('\n') + 1);
  return `${kept}[… ${diff.length - kept.length} more characters of this diff left out …]\n`;
}
