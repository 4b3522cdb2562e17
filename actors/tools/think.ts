// The model says what it thinks.
import * as v from 'valibot';
import type { Tool } from './tool.ts';

const Input = v.object({ thought: v.string() });

export const think: Tool<v.InferOutput<typeof Input>> = {
  name: 'think',
  input: Input,
  changesFiles: false,
  endsTurn: false,
  action: ({ thought }) => ({ eventType: 'ThinkAction', content: thought, metadata: { thought } }),
};
