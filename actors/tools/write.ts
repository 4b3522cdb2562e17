// Writes a whole file in the session's workspace.
import * as v from 'valibot';
import { shownPath } from '../../sandbox/path.ts';
import { errorObservation, type Tool } from './tool.ts';

const Input = v.object({ path: v.pipe(v.string(), v.minLength(1)), content: v.string() });

export const write: Tool<v.InferOutput<typeof Input>> = {
  name: 'write',
  input: Input,
  changesFiles: true,
  endsTurn: false,
  action: ({ path, content }) => ({ eventType: 'FileWriteAction', content, metadata: { path: shownPath(path) } }),
  run: async ({ path, content }, { sandbox }) => {
    const written = await sandbox.write(path, content);
    if (!written.ok) return errorObservation(written.failure.detail);
    return {
      eventType: 'FileWriteObservation',
      content: `Wrote ${content.length} characters to ${written.value.path}.`,
      metadata: { path: written.value.path },
    };
  },
};
