// Presents a plan to the user; the turn waits for their decision, which is the call's result.
import * as v from 'valibot';
import { limits } from '../../schema/limits.ts';
import type { Tool } from './tool.ts';

const Input = v.object({
  plan: v.pipe(
    v.string(),
    v.regex(/\S/, 'must not be empty'),
    v.maxLength(limits.waitCharsMax),
    v.description('Markdown: what you will change, where, in which order, and how you will check it.'),
  ),
});

export const presentPlanTool: Tool<v.InferOutput<typeof Input>> = {
  name: 'present_plan',
  description:
    'Presents your plan to the user and waits for their decision. Until they have approved one you may only look: files, ' +
    'searches, commands that change nothing; all else is refused.',
  input: Input,
  examples: [{ plan: '1. Add a test. 2. Fix sum().' }],
  isReadOnly: false,
  changesFiles: false,
  endsTurn: false,
  offeredFor: 'plan',
  action: ({ plan }) => ({ eventType: 'PresentPlanAction', content: plan, metadata: {} }),
  ask: ({ plan }) => ({ kind: 'plan', text: plan }),
};
