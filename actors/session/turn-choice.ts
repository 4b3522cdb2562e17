// What holds for a turn: the session's settings, and over them what the messages choose that it is about.
import type { Choice } from '../../schema/choice.ts';
import type { StoredEvent } from '../../schema/event.ts';
import type { SessionSettings } from '../../schema/session.ts';

/**
 * The choices of all messages since the last turn ended, the newest ones last: of a turn that goes on after a restart
 * they are the same, and a message that a working agent reads counts from its next step on. The session's own budget is for
 * all turns together, and is none of this.
 */
export function choiceOfTurn(events: readonly StoredEvent[], settings: SessionSettings): Choice {
  const lastEnd = events.findLast(({ metadata }) => metadata?.status === 'completed');
  const answered = lastEnd?.metadata?.readThrough ?? 0;
  const { model, effort, iterationsMax, timeoutMs, tools } = settings;
  const choice: Choice = {
    ...(model !== undefined && { model }),
    ...(effort !== undefined && { effort }),
    ...(iterationsMax !== undefined && { iterationsMax }),
    ...(timeoutMs !== undefined && { timeoutMs }),
    ...(tools !== undefined && { tools }),
  };
  for (const { sequence, metadata } of events)
    if (sequence > answered && metadata?.choice) Object.assign(choice, withoutAbsent(metadata.choice));
  return choice;
}

const withoutAbsent = (choice: Choice): Choice =>
  Object.fromEntries(Object.entries(choice).filter(([, value]) => value !== undefined));
