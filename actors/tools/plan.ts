// Writes down what is to be done, for the user to see and the model to go by: each call has the whole plan.
import * as v from 'valibot';
import { planCharsMax, planItemsMax, planStates } from '../../schema/plan.ts';
import type { Tool } from './tool.ts';

const Input = v.object({
  items: v.pipe(
    v.array(
      v.object({
        text: v.pipe(
          v.string(),
          v.check((text) => text.trim() !== '', 'It is empty.'),
          v.check((text) => text.length <= planCharsMax, `It has more than ${planCharsMax} characters.`),
        ),
        state: v.picklist(planStates),
      }),
    ),
    v.check((items) => items.length <= planItemsMax, `A plan has at most ${planItemsMax} items.`),
  ),
});

const marks = { pending: '[ ]', inProgress: '[>]', done: '[x]' } as const;

export const planTool: Tool<v.InferOutput<typeof Input>> = {
  name: 'plan',
  description:
    'Shows the user your plan for work of several parts, whole each time. Keep it up to date: one item inProgress, done as soon as it is.',
  input: Input,
  examples: [{ items: [{ text: 'Find the cause', state: 'inProgress' }] }],
  isReadOnly: true,
  changesFiles: false,
  endsTurn: false,
  action: ({ items }) => ({
    eventType: 'PlanAction',
    content: items.map(({ text, state }) => `${marks[state]} ${text}`).join('\n'),
    metadata: { plan: items },
  }),
};
