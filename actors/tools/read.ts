// Reads a file of the session's workspace.
import * as v from 'valibot';
import { shownPath } from '../../sandbox/path.ts';
import { errorObservation, type Tool } from './tool.ts';

const Input = v.object({ path: v.pipe(v.string(), v.minLength(1)) });

export const read: Tool<v.InferOutput<typeof Input>> = {
  name: 'read',
  input: Input,
  changesFiles: false,
  endsTurn: false,
  action: ({ path }) => ({
    eventType: 'FileReadAction',
    content: shownPath(path),
    metadata: { path: shownPath(path) },
  }),
  run: async ({ path }, { sandbox }) => {
    const file = await sandbox.read(path);
    if (!file.ok) return errorObservation(file.failure.detail);
    return { eventType: 'FileReadObservation', content: file.value.content, metadata: { path: shownPath(path) } };
  },
};
