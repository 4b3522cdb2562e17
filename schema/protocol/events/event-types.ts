// Every type of event that a session records: a new one is a file beside this and a line here.
import { answerEvents } from './answers.ts';
import { commandRunEvents } from './command-runs.ts';
import { commandEvents } from './commands.ts';
import { condensationEvents } from './condensation.ts';
import type { EventDeclaration } from './declare-event.ts';
import { delegateEvents } from './delegates.ts';
import { failureEvents } from './failures.ts';
import { fetchEvents } from './fetches.ts';
import { fileChangeEvents } from './file-changes.ts';
import { fileReadEvents } from './file-reads.ts';
import { mcpCallEvents } from './mcp-calls.ts';
import { noticeEvents } from './notices.ts';
import { otherCallEvents } from './other-calls.ts';
import { planEvents } from './plans.ts';
import { searchEvents } from './searches.ts';
import { sessionErrorEvents } from './session-error.ts';
import { statusEvents } from './status.ts';
import { thoughtEvents } from './thoughts.ts';
import { waitEvents } from './waits.ts';

export const eventTypes = {
  ...commandEvents,
  ...statusEvents,
  ...sessionErrorEvents,
  ...thoughtEvents,
  ...answerEvents,
  ...commandRunEvents,
  ...fileReadEvents,
  ...fileChangeEvents,
  ...searchEvents,
  ...fetchEvents,
  ...mcpCallEvents,
  ...otherCallEvents,
  ...condensationEvents,
  ...noticeEvents,
  ...failureEvents,
  ...waitEvents,
  ...planEvents,
  ...delegateEvents,
} satisfies Record<string, EventDeclaration>;
