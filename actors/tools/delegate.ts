// Gives a task to a sub-agent with a context of its own; only its report comes back.
import * as v from 'valibot';
import { limits } from '../../schema/limits.ts';
import { makeErrorObservation, type Tool } from './tool.ts';

const Input = v.object({
  task: v.pipe(
    v.string(),
    v.check((task) => task.trim() !== '', 'It is empty.'),
    v.check((task) => task.length <= limits.taskCharsMax, `It has more than ${limits.taskCharsMax} characters.`),
    v.description('All that it has to know: it sees nothing else of this conversation. Say what to report.'),
  ),
  mayChange: v.optional(v.pipe(v.boolean(), v.description('Whether it may run commands and change files.'))),
});

export const delegateTool: Tool<v.InferOutput<typeof Input>> = {
  name: 'delegate',
  description:
    'Has a sub-agent do a part of the work in your workspace, with a context of its own, and returns its report. Several that ' +
    'only look, in one answer, run at once. Use it for searches and reviews whose details you do not need.',
  input: Input,
  examples: [{ task: 'Find where sessions are stored, and report the files with lines.' }],
  isReadOnly: false,
  readsOnly: ({ mayChange }) => mayChange !== true,
  changesFiles: false, // Its own calls tell of theirs.
  endsTurn: false,
  action: ({ task }) => ({ eventType: 'DelegateAction', content: task, metadata: {} }),
  run: async ({ task, mayChange = false }, { delegate, sandbox }) => {
    if (!delegate) return makeErrorObservation('A sub-agent has no sub-agents.');
    // Such a workspace is made again from the conversation alone.
    if (mayChange && sandbox.kind === 'memory') return makeErrorObservation('Here sub-agents can only look.');
    return delegate({ task, mayChange });
  },
};
