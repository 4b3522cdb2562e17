// What an agent may spend: the budgets that hold for a turn, when people are warned, and when one ends the turn.
import type { StoredEvent } from '../../schema/event.ts';
import type { SessionRecord } from '../../schema/session.ts';
import { type Budgets, dayOf } from '../../schema/spending.ts';
import type { SpendingLedger } from '../spending-ledger.ts';
import { choiceOfTurn } from './turn-choice.ts';
import type { ReachedLimit } from './turn-limits.ts';

/** `words`: whose it is. `mark` is on the notice that warned of it, by which it is known to have been told. */
export type Budget = { budgetUsd: number; spentUsd: number; words: string; mark: string; isWarned: boolean };

export type BudgetsDependencies = {
  record: SessionRecord;
  events: readonly StoredEvent[];
  /** What the session has cost in all, and this turn. */
  spentUsd: number;
  turnUsd: number;
  /** What the next step is expected to cost: asked for where it is to be reserved. */
  estimateNextUsd(): number;
  operators: Budgets;
  spending: Pick<SpendingLedger, 'read'>;
  nowMs: number;
};

type Known = Omit<Budget, 'isWarned'>;

/** Asks for the day's spending only where a budget depends on it. */
export async function readBudgets(dependencies: BudgetsDependencies): Promise<Budget[]> {
  const { record, events, spentUsd, turnUsd, operators } = dependencies;
  const { settings } = record;
  const ofTurn = choiceOfTurn(events, settings).budgetUsd;
  const ofSession = settings.budgetUsd ?? operators.sessionUsd;
  if (ofTurn === undefined && ofSession === undefined && !hasDayBudget(operators)) return [];
  const known: Known[] = [
    ...budgetOf(ofTurn, turnUsd, 'this turn', `turn ${turnOf(events)}`),
    ...budgetOf(ofSession, spentUsd, 'this session', 'session'),
    ...(settings.hasOwnKey === true ? [] : await readDayBudgets(dependencies)),
  ];
  if (known.length === 0) return [];
  const warned = new Set(events.map(({ metadata }) => metadata?.budget));
  return known.map((budget) => ({ ...budget, isWarned: warned.has(budget.mark) }));
}

/** How the budget of all users together is called. */
const engineWords = 'this engine today';

/** Whether a day has a budget, so that money of it is reserved for each step. */
export const hasDayBudget = ({ userDayUsd, engineDayUsd }: Budgets): boolean =>
  userDayUsd !== undefined || engineDayUsd !== undefined;

async function readDayBudgets(dependencies: BudgetsDependencies): Promise<Known[]> {
  const { record, operators, spending, nowMs } = dependencies;
  const { userDayUsd, engineDayUsd } = operators;
  if (!hasDayBudget(operators)) return [];
  const day = dayOf(nowMs);
  const { sessionId, userId } = record;
  const { userUsd, engineUsd } = await spending.read({ day, userId, sessionId, usd: dependencies.estimateNextUsd() });
  return [
    ...budgetOf(userDayUsd, userUsd, 'this user today', `user ${day}`),
    ...budgetOf(engineDayUsd, engineUsd, engineWords, `engine ${day}`),
  ];
}

const budgetOf = (budgetUsd: number | undefined, spentUsd: number, words: string, mark: string): Known[] =>
  budgetUsd === undefined ? [] : [{ budgetUsd, spentUsd, words, mark }];

/** The end of the turn before, by which turns are told apart. */
const turnOf = (events: readonly StoredEvent[]): number =>
  events.findLast(({ metadata }) => metadata?.status === 'completed')?.sequence ?? 0;

const warnedShare = 0.8;
/** Sums of costs are off by less, in US dollars. */
const roundingUsd = 1e-9;
/** How many steps like the last one there must be room for, so that this one isn't the last. */
const stepsAhead = 2;

/** Of several the one with the least room counts. @param nextUsd what the next step is expected to cost */
export function findBudgetLimit(budgets: readonly Budget[], nextUsd: number): ReachedLimit | undefined {
  const [least] = budgets.toSorted((one, other) => leftOf(one) - leftOf(other));
  if (!least) return undefined;
  const left = leftOf(least);
  if (left > 0 && left >= stepsAhead * nextUsd) return undefined;
  const isOver = left <= 0 || nextUsd > left;
  return {
    isOver,
    end: 'budget',
    message: `The agent was stopped: ${isOver ? `${describeSpent(least)}, and another step would go beyond it` : describeNext(least)}.`,
    why: `${describeSpent(least)}`,
  };
}

/** What is spent when the turn has ended isn't known before its last step. */
const describeNext = ({ budgetUsd, words }: Budget): string =>
  `another step would go beyond the budget ${words === engineWords ? '' : `of ${formatUsd(budgetUsd)} `}for ${words}`;

const leftOf = ({ budgetUsd, spentUsd }: Budget): number => budgetUsd - spentUsd;

const describeSpent = ({ budgetUsd, spentUsd, words }: Budget): string =>
  words === engineWords
    ? `most of the budget for ${words} is spent` // What others spend is nobody else's business.
    : `${formatUsd(spentUsd)} of the budget of ${formatUsd(budgetUsd)} for ${words} is spent`;

/** Of the budgets that are four fifths spent, those of which nobody was told. */
export const findWarnings = (budgets: readonly Budget[]): { notice: string; mark: string }[] =>
  budgets
    .filter(({ budgetUsd, spentUsd, isWarned }) => !isWarned && spentUsd >= warnedShare * budgetUsd - roundingUsd)
    .map((budget) => ({
      notice: `${beginLarge(describeSpent(budget))}. What would go beyond it is not begun: come to an end in time.`,
      mark: budget.mark,
    }));

const beginLarge = (words: string): string => words.charAt(0).toUpperCase() + words.slice(1);

/** Cents, and of less than ten of them the first two digits. */
const formatUsd = (usd: number): string => `$${usd >= 0.1 || usd === 0 ? usd.toFixed(2) : Number(usd.toPrecision(2))}`;
