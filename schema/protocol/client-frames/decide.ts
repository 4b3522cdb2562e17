// The frame `decide`: what the user decides about a call that wants an approval, or about a plan.
import * as v from 'valibot';
import { limits } from '../../limits.ts';
import { decisions } from '../../wait.ts';
import { declareClientFrame } from '../declare-frame.ts';
import { commandId, emptyAsAbsent, idText, text } from '../fields.ts';

/** Over REST too. */
export const decisionFields = {
  id: commandId,
  toolCallId: idText,
  decision: v.pipe(
    v.picklist(decisions, `must be one of ${decisions.join(', ')}`),
    v.description('`allowForSession`: also each later call that does no more'),
  ),
  message: v.pipe(emptyAsAbsent(text(limits.taskCharsMax)), v.description('Words for the agent')),
  input: v.pipe(
    v.nullish(v.record(v.string(), v.unknown())),
    v.transform((given) => given ?? undefined),
    v.description('With an allowing decision: what the call is run with in place of its own input'),
  ),
};

export const decide = declareClientFrame({
  schema: v.object({ type: v.literal('decide'), ...decisionFields }),
  summary:
    'Decides about the call `toolCallId`, which wants an approval, or about the plan that it presents. A denied call is not run, and the agent reads the words in `message`.',
  examples: [
    { type: 'decide', id: 'd-1', toolCallId: 'call-8', decision: 'allow' },
    { type: 'decide', id: 'd-2', toolCallId: 'call-9', decision: 'deny', message: 'Push to a branch of your own.' },
  ],
});
