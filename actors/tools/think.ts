// Records a thought of the model.
import * as v from 'valibot';
import type { Tool } from './tool.ts';

const Input = v.object({ thought: v.string() });

export const thinkTool: Tool<v.InferOutput<typeof Input>> = {
  name: 'think',
  description: 'Writes down a thought and does nothing else: to weigh what you found before you change something.',
  input: Input,
  examples: [{ thought: 'Hm.' }],
  isReadOnly: true,
  changesFiles: false,
  endsTurn: false,
  action: ({ thought }) => ({ eventType: 'ThinkAction', content: thought, metadata: { thought } }),
};
