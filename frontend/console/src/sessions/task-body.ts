// What a new task asks of the engine, made of what was typed and chosen.
import { readNumber } from '../choices/read-number.ts';
import type { Lucid } from '../lucid.ts';
import type { Choices, Secrets } from './remembered-choices.ts';

export type NewTaskBody = Parameters<Lucid['sessions']['create']>[0];

/**
 * A branch and a token are of a repository. A person is there who can be asked, which a policy tells the engine. A budget that is
 * no number goes as it was typed: the engine says what is wrong with it.
 */
export function writeTaskBody(task: string, { repoUrl, branch, gitToken, ...others }: Choices & Secrets): NewTaskBody {
  const ofRepository = repoUrl.trim() === '' ? {} : { repoUrl, branch, gitToken };
  const { mode, budgetUsd, ...texts } = others;
  const given = Object.entries({ ...ofRepository, ...texts })
    .map(([name, value]) => [name, value.trim()] as const)
    .filter(([, value]) => value !== '');
  const budget = readNumber(budgetUsd);
  return {
    task,
    autoStart: true,
    policy: { mode: (mode || 'auto') as 'auto' },
    ...Object.fromEntries(given),
    ...(budget !== undefined && { budgetUsd: budget }),
  };
}
