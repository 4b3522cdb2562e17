// Asks the user; the turn waits for the answer, which is the call's result.
import * as v from 'valibot';
import { limits } from '../../schema/limits.ts';
import type { Tool } from './tool.ts';

const Input = v.object({
  question: v.pipe(
    v.string(),
    v.regex(/\S/, 'must not be empty'),
    v.maxLength(limits.waitCharsMax),
    v.description('One question, with what the user must know to answer it.'),
  ),
  options: v.optional(
    v.pipe(
      v.array(v.pipe(v.string(), v.maxLength(1_000))),
      v.maxLength(limits.waitOptionsMax),
      v.description('Answers to choose from, where there are a few; the user may give another.'),
    ),
  ),
});

export const askUserTool: Tool<v.InferOutput<typeof Input>> = {
  name: 'ask_user',
  description:
    'Asks the user one question and waits for the answer, which may take hours. Use it where you can neither find out nor ' +
    'sensibly decide yourself, and the answer changes what you do; otherwise go on.',
  input: Input,
  examples: [{ question: 'Which database should it use?', options: ['PostgreSQL', 'SQLite'] }],
  isReadOnly: false,
  changesFiles: false,
  endsTurn: false,
  offeredFor: 'question',
  action: ({ question }) => ({ eventType: 'AskUserAction', content: question, metadata: {} }),
  ask: ({ question, options }) => ({
    kind: 'question',
    text: question,
    ...(options && options.length > 0 && { options }),
  }),
};
