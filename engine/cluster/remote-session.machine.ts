// A session that is followed here and owned elsewhere, as a pure machine: its owner is looked up, told, and once it has
// answered, what was stored before that is read; then its frames come. Whatever is lost leads back to the look.
import type { Labels } from '../../schema/labels.ts';

/** How long an owner may take to answer that it is followed. */
const followSilenceMs = 1_500;
/** How long an owner may be silent to roll-calls: one may be lost. */
const rollSilenceMs = 5_000;
/** The pause after a look that found no owner that can be reached. */
const lookPauseMs = 500;
/** How long a session may be without its owner before its clients are told: most find the next one sooner. */
const movingAfterMs = 1_000;
/** How long an owner may be silent to roll-calls before they are told: one call, and time to answer it. */
const movingSilenceMs = 3_000;

type RemoteState =
  | { at: 'resolving'; sinceMs: number; isLooking: boolean }
  | { at: 'following'; bootId: string; sinceMs: number }
  /** The sockets read what was stored before the owner knew that they follow. */
  | { at: 'replaying'; bootId: string; sinceMs: number; upTo: number }
  | { at: 'live'; bootId: string; heardAtMs: number };

type Placed = RemoteState & {
  /** The last sequence that is known here to be stored. */
  heard: number;
};

export type RemoteSession = Placed & {
  /** Since when it is known that its owner can't be heard. */
  awaySinceMs: number | undefined;
  /** Whether its clients know so. */
  isMoving: boolean;
  /** Whether they know that it waits for labels. */
  isToldLacking: boolean;
};

export type RemoteEvent =
  | { type: 'owner'; bootId: string }
  /** It may be had here: nobody alive has it, or this engine itself. */
  | { type: 'free' }
  /** Nobody alive has it, and nobody here has a use for it but to watch: it rests. */
  | { type: 'resting' }
  /** Nobody who has it can be reached. @property lacking nobody alive has it, nor the labels that it asks for */
  | { type: 'unreachable'; lacking?: Labels }
  | { type: 'followed'; from: string; stored: number }
  | { type: 'caughtUp' }
  /** Whoever says so doesn't have it. */
  | { type: 'lost'; from: string }
  | { type: 'frames'; last: number }
  /** Nothing comes over the bus now. */
  | { type: 'cut' }
  | { type: 'tick' };

export type RemoteEffect =
  | { do: 'look' }
  | { do: 'follow'; bootId: string; heard: number }
  /** Up to here all is stored: the sockets read what didn't come. */
  | { do: 'read'; upTo: number }
  | { do: 'take' }
  /** Its clients are told that it is moving, once, and once more which labels nobody has; then that it is here again. */
  | { do: 'tellMoving'; lacking?: Labels }
  | { do: 'tellBack' };

type Placement = { session: Placed; effects: RemoteEffect[] };
export type Step = { session: RemoteSession; effects: RemoteEffect[] };

export function beginRemote(nowMs: number): Step {
  const { session, effects } = look(0, nowMs);
  return { session: { ...session, awaySinceMs: nowMs, isMoving: false, isToldLacking: false }, effects };
}

export function stepRemote(session: RemoteSession, event: RemoteEvent, nowMs: number): Step {
  const { session: placed, effects } = place(session, event, nowMs);
  if (isReached(session, event)) {
    const told: RemoteEffect[] = session.isMoving ? [{ do: 'tellBack' }] : [];
    const back = { ...placed, awaySinceMs: undefined, isMoving: false, isToldLacking: false };
    return { session: back, effects: [...effects, ...told] };
  }
  const awaySinceMs = session.awaySinceMs ?? (isLost(session, event, placed) ? nowMs : undefined);
  const isMoving = session.isMoving || (event.type === 'tick' && isMissed(placed, awaySinceMs, nowMs));
  const told: RemoteEffect[] = isMoving && !session.isMoving ? [{ do: 'tellMoving' }] : [];
  const lacking = isMoving && event.type === 'unreachable' && !session.isToldLacking ? event.lacking : undefined;
  if (lacking) told.push({ do: 'tellMoving', lacking });
  const isToldLacking = session.isToldLacking || lacking !== undefined;
  return { session: { ...placed, awaySinceMs, isMoving, isToldLacking }, effects: [...effects, ...told] };
}

/** Whether a tick may change anything: most sessions are live, and their owners were heard lately. */
export const mayBeDue = (session: RemoteSession, nowMs: number): boolean =>
  session.at !== 'live' ||
  session.awaySinceMs !== undefined ||
  nowMs - session.heardAtMs >= Math.min(movingSilenceMs, rollSilenceMs);

const isReached = (session: Placed, event: RemoteEvent): boolean =>
  event.type === 'resting' ||
  (event.type === 'followed' && session.at !== 'resolving' && session.bootId === event.from);

const isLost = (before: Placed, event: RemoteEvent, { at }: Placed): boolean =>
  event.type === 'cut' || at === 'following' || (at === 'resolving' && before.at !== 'resolving');

function isMissed(session: Placed, awaySinceMs: number | undefined, nowMs: number): boolean {
  if (awaySinceMs !== undefined) return nowMs - awaySinceMs >= movingAfterMs;
  return session.at === 'live' && nowMs - session.heardAtMs >= movingSilenceMs;
}

function place(session: Placed, event: RemoteEvent, nowMs: number): Placement {
  const { heard } = session;
  const stay: Placement = { session, effects: [] };
  switch (event.type) {
    case 'owner':
      if (session.at !== 'resolving') return stay;
      return {
        session: { at: 'following', bootId: event.bootId, sinceMs: nowMs, heard },
        effects: [{ do: 'follow', bootId: event.bootId, heard }],
      };
    case 'free':
      return session.at === 'resolving' ? { session, effects: [{ do: 'take' }] } : stay;
    case 'unreachable':
    case 'resting':
      return session.at === 'resolving'
        ? { session: { ...session, isLooking: false, sinceMs: nowMs }, effects: [] }
        : stay;
    case 'followed':
      return receiveFollowed(session, event, nowMs);
    case 'caughtUp':
      return session.at === 'replaying'
        ? { session: { at: 'live', bootId: session.bootId, heardAtMs: nowMs, heard }, effects: [] }
        : stay;
    case 'lost':
      return session.at !== 'resolving' && session.bootId === event.from ? lookAfter(session, nowMs) : stay;
    case 'frames':
      return event.last > heard ? { session: { ...session, heard: event.last }, effects: [] } : stay;
    case 'cut':
      return stay;
    case 'tick':
      return isOverdue(session, nowMs) ? look(heard, nowMs) : stay;
  }
}

/** The owner's answer, to the follow and to every roll-call: what it has stored may not have come. */
function receiveFollowed(
  session: Placed,
  { from, stored }: { from: string; stored: number },
  nowMs: number,
): Placement {
  if (session.at === 'resolving' || session.bootId !== from) return { session, effects: [] };
  const heard = Math.max(session.heard, stored);
  if (session.at === 'live' && stored <= session.heard)
    return { session: { ...session, heardAtMs: nowMs }, effects: [] };
  return {
    session: { at: 'replaying', bootId: from, sinceMs: nowMs, upTo: stored, heard },
    effects: [{ do: 'read', upTo: stored }],
  };
}

function isOverdue(session: Placed, nowMs: number): boolean {
  if (session.at === 'resolving') return !session.isLooking && nowMs - session.sinceMs >= lookPauseMs;
  if (session.at === 'live') return nowMs - session.heardAtMs >= rollSilenceMs;
  return nowMs - session.sinceMs >= (session.at === 'following' ? followSilenceMs : rollSilenceMs);
}

/** An owner that refuses at once is asked again after a pause, since the rows may still name it. */
const lookAfter = (session: Placed, nowMs: number): Placement =>
  session.at === 'following'
    ? { session: { at: 'resolving', sinceMs: nowMs, isLooking: false, heard: session.heard }, effects: [] }
    : look(session.heard, nowMs);

const look = (heard: number, nowMs: number): Placement => ({
  session: { at: 'resolving', sinceMs: nowMs, isLooking: true, heard },
  effects: [{ do: 'look' }],
});
