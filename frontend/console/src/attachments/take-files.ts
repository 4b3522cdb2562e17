// Which of the given files go with a message: those that would be too many or too large are left out, with why. Pure.
import { findFilesProblem } from '../../../client/index.ts';
import type { GivenFile } from '../workspace/given-files.ts';
import { cleanName } from '../workspace/name-upload.ts';

export type RefusedFile = { name: string; problem: string };

/** @param taken those that go with it already */
export function takeFiles(taken: readonly File[], given: readonly GivenFile[]) {
  const files: File[] = [];
  const refused: RefusedFile[] = [];
  for (const { name: givenName, file: content } of given) {
    const name = cleanName(givenName);
    const file = new File([content], name, { type: content.type });
    const problem = findFilesProblem([...taken, ...files, file]);
    if (problem) refused.push({ name, problem: problem.errors?.at(-1)?.message ?? problem.message });
    else files.push(file);
  }
  return { files, refused };
}
