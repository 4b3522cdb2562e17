// The model says that its task is done, and how it went.
import * as v from 'valibot';
import type { Tool } from './tool.ts';

const Input = v.object({ message: v.string() });

export const finish: Tool<v.InferOutput<typeof Input>> = {
  name: 'finish',
  input: Input,
  changesFiles: false,
  endsTurn: true,
  action: ({ message }) => ({ eventType: 'AgentFinishAction', content: message, metadata: {} }),
};
