// Where a refusal of a new session is shown: beside the field that it is about.
import type { LucidError } from '../lucid.ts';
import { wordsOfError } from '../ui/words-of-error.ts';
import { type Choices, noChoices, noSecrets, type Secrets } from './remembered-choices.ts';

export type TaskField = 'task' | 'files' | keyof Choices | keyof Secrets;
/** What is wrong with which field, in the engine's words. */
export type Problems = Partial<Record<TaskField, string>>;

const fieldsOfCodes: Partial<Record<LucidError['code'], TaskField>> = {
  badRepoUrl: 'repoUrl',
  badBranch: 'branch',
  badProvider: 'modelProvider',
  badKey: 'apiKey',
  wrongKey: 'apiKey',
  noEncryptionKey: 'apiKey',
  bodyTooLarge: 'files',
  fileTooLarge: 'files',
};

const isField = (path: string): path is TaskField => path === 'task' || path in noChoices || path in noSecrets;

/** What is about no field stands beside the task. */
export function placeProblem({
  code,
  message,
  errors = [],
}: Pick<LucidError, 'code' | 'message' | 'errors'>): Problems {
  const placed: [TaskField, string][] = errors.flatMap(({ path, message: words }) =>
    isField(path) ? [[path, words]] : [],
  );
  if (errors.some(({ path }) => path.startsWith('files'))) placed.push(['files', wordsOfError({ code, message })]);
  if (errors.some(({ path }) => path.startsWith('policy'))) placed.push(['mode', wordsOfError({ code, message })]);
  if (placed.length > 0) return Object.fromEntries(placed);
  return { [fieldsOfCodes[code] ?? 'task']: wordsOfError({ code, message }) };
}

export const isAboutOptions = (problems: Problems): boolean =>
  Object.keys(problems).some((field) => field !== 'task' && field !== 'files');
