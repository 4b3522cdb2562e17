// The routes of what has changed in a live session's workspace: the list, one file's diff, and archives to take away.
import * as v from 'valibot';
import { Changes, FileDiff } from '../../change.ts';
import { declareAnswer, declareDownload, type RouteDeclaration } from '../route.ts';
import { hostErrors, lookupErrors, viewedErrors, workspaceErrors } from './errors.ts';
import { SessionPath } from './sessions.ts';

const path = '/workspace/project/hello.py';
const exampleChange = { path, kind: 'added', added: 2, removed: 0 } as const;

export const listChanges = {
  method: 'get',
  path: '/api/v1/sessions/{id}/changes',
  tag: 'Files',
  summary:
    'List what has changed in the workspace of a live session since its repository was cloned, or since it was empty',
  isOpen: false,
  access: 'viewer',
  parameters: SessionPath,
  answer: declareAnswer(Changes, { base: null, changes: [exampleChange] }),
  errors: [...viewedErrors, 'noBase', ...lookupErrors, ...hostErrors, ...workspaceErrors],
} as const satisfies RouteDeclaration;

export const readDiff = {
  method: 'get',
  path: '/api/v1/sessions/{id}/changes/diff',
  tag: 'Files',
  summary: 'Read how one of its files has changed, as a unified diff',
  isOpen: false,
  access: 'viewer',
  parameters: SessionPath,
  query: v.object({ path: v.pipe(v.string(), v.minLength(1), v.description('As the list of changes has it')) }),
  answer: declareAnswer(FileDiff, {
    ...exampleChange,
    diff:
      'diff --git a/project/hello.py b/project/hello.py\nnew file mode 100644\n--- /dev/null\n+++ b/project/hello.py\n' +
      '@@ -0,0 +1,2 @@\n+# Written by the mock agent.\n+print("Hello from Lucid!")\n',
  }),
  errors: [...viewedErrors, 'badPath', 'noSuchFile', 'noBase', ...lookupErrors, ...hostErrors, ...workspaceErrors],
} as const satisfies RouteDeclaration;

const archive = v.pipe(v.string(), v.metadata({ format: 'binary' }));

export const readArchive = {
  method: 'get',
  path: '/api/v1/sessions/{id}/archive',
  tag: 'Files',
  summary: 'Download the workspace of a live session, or the patch of what has changed in it',
  isOpen: false,
  access: 'viewer',
  parameters: SessionPath,
  query: v.object({
    of: v.pipe(
      v.optional(v.picklist(['workspace', 'changes']), 'workspace'),
      v.description('`changes`: one file, `changes.patch`, that `git apply` takes'),
    ),
  }),
  answer: declareDownload({ 'application/gzip': { schema: archive, example: 'The bytes of a .tar.gz' } }),
  errors: [...viewedErrors, 'fileTooLarge', 'noBase', ...lookupErrors, ...hostErrors, ...workspaceErrors],
} as const satisfies RouteDeclaration;
