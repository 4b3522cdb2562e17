// How a session stands, in words and tones that all pages share.
import type { SessionEvent, SessionState } from '../lucid.ts';
import type { BadgeTone } from '../ui/badge.tsx';
import { showDeceptive } from '../ui/find-deceptive.ts';
import type { SessionReport } from './session-report.ts';

type TurnEnd = NonNullable<SessionReport['lastTurn']>['reason'];
export type Standing = {
  state: SessionState;
  /** How its last turn ended, where one has. */
  lastEnd?: TurnEnd | undefined;
  /** While it waits for a sandbox. */
  queuePosition?: number | null;
};
export type ShownStanding = { word: string; tone: BadgeTone };

const endWords = {
  interrupted: 'interrupted',
  iterations: 'out of steps',
  timeout: 'out of time',
  repeating: 'going in circles',
  refused: 'refused',
  failed: 'turn failed',
  budget: 'out of money',
} as const;

/** How a session stands, in a word or two, and its tone. */
export function describeStanding({ state, lastEnd = 'finished', queuePosition = null }: Standing): ShownStanding {
  if (state === 'failed') return { word: 'failed', tone: 'bad' };
  if (state === 'stopped') return { word: 'stopped', tone: 'neutral' };
  if (queuePosition !== null) return { word: `waiting, place ${queuePosition}`, tone: 'warn' };
  if (state === 'created') return { word: 'starting', tone: 'accent' };
  if (state === 'waiting') return { word: 'waits for you', tone: 'warn' };
  if (state === 'working') return { word: 'working', tone: 'accent' };
  return lastEnd === 'finished' ? { word: 'ready', tone: 'good' } : { word: endWords[lastEnd], tone: 'warn' };
}

export const standingOf = ({ state, lastTurn, queuePosition }: SessionReport): Standing => ({
  state,
  lastEnd: lastTurn?.reason,
  queuePosition,
});

/** @returns how a session stands by what was heard of it, and by its report where nothing was; null while neither is there */
export function standingNow(
  { status, events }: { status: SessionState | null; events: readonly SessionEvent[] },
  report: Pick<SessionReport, 'state' | 'lastTurn'> | undefined,
): Standing | null {
  const state = status ?? report?.state;
  if (state === undefined) return null;
  const end = events.findLast((event) => event.type === 'status' && event.status === 'completed');
  return { state, lastEnd: end?.type === 'status' ? end.reason : report?.lastTurn?.reason };
}

/** Of a page about a session: how that stands goes first, since narrow tabs cut the rest. */
export function titleOf(title: string, standing: Standing | null): string {
  const about = `${showDeceptive(title.slice(0, titleCharsMax))} – Lucid`;
  return standing ? `${describeStanding(standing).word}: ${about}` : about;
}

/** Characters: more no tab has room for. */
const titleCharsMax = 60;

/** Whether the agent is at work. */
export const isWorkingStatus = (state: SessionState | null): boolean => state === 'working' || state === 'created';

/** Whether there is a turn that can be interrupted. */
export const hasTurn = (state: SessionState | null): boolean => isWorkingStatus(state) || state === 'waiting';

export const hasEnded = (state: SessionState | null): boolean => state === 'stopped' || state === 'failed';
