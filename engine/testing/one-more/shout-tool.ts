// A tool that says a text in capital letters.
import * as v from 'valibot';
import type { Tool } from '../../../actors/tools/tool.ts';

const Input = v.object({ text: v.pipe(v.string(), v.description('What is to be shouted.')) });

export const shoutTool: Tool<v.InferOutput<typeof Input>> = {
  name: 'shout',
  description: 'Says a text in capital letters, and does nothing else.',
  input: Input,
  examples: [{ text: 'hello' }],
  isReadOnly: true,
  changesFiles: false,
  endsTurn: false,
  action: ({ text }) => ({ eventType: 'ShoutAction', content: text, metadata: {} }),
  run: async ({ text }) => ({ eventType: 'ShoutObservation', content: text.toUpperCase(), metadata: {} }),
};
