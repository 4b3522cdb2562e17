// What a turn waits for, as clients see it: on the event that says so, and with the session's state.
import * as v from 'valibot';
import { formatTime } from '../rules/text.ts';
import { type Wait, waitKinds } from '../wait.ts';
import { timestamp } from './answer-fields.ts';

export const WaitingFor = v.strictObject({
  kind: v.pipe(
    v.picklist(waitKinds),
    v.description('`question`: wants an answer; `approval` and `plan`: want a decision'),
  ),
  toolCallId: v.string(),
  text: v.pipe(v.string(), v.description('The question, the plan, or why the call is not run without a decision')),
  options: v.exactOptional(v.pipe(v.array(v.string()), v.description('Answers to choose from; others are as good'))),
  tool: v.exactOptional(v.string()),
  input: v.exactOptional(
    v.pipe(
      v.record(v.string(), v.unknown()),
      v.description('What the call is to be run with; left out where it is too long'),
    ),
  ),
  allows: v.exactOptional(v.pipe(v.array(v.string()), v.description('What `allowForSession` allows'))),
  until: v.pipe(timestamp, v.description('When the wait ends by itself')),
});
export type WaitingFor = v.InferOutput<typeof WaitingFor>;

export const waitingForOf = ({ kind, toolCallId, text, options, tool, input, allows, untilMs }: Wait): WaitingFor => ({
  kind,
  toolCallId,
  text,
  ...(options && { options }),
  ...(tool !== undefined && { tool }),
  ...(input && { input }),
  ...(allows && { allows }),
  until: formatTime(untilMs),
});
