// Ends the turn with the model's message to the user.
import * as v from 'valibot';
import type { Tool } from './tool.ts';

const Input = v.object({
  message: v.pipe(v.string(), v.description('what was done and checked, and what is left')),
});

export const finishTool: Tool<v.InferOutput<typeof Input>> = {
  name: 'finish',
  description:
    'Ends your work on this message. Call it once the task is done and checked, when you need an answer of the user, or ' +
    'when you can not go on; say which. Nothing is done after it until the user writes again.',
  input: Input,
  examples: [{ message: 'Done.' }],
  purposes: ['finish'],
  isReadOnly: false,
  changesFiles: false,
  endsTurn: true,
  action: ({ message }) => ({ eventType: 'AgentFinishAction', content: message, metadata: {} }),
};
