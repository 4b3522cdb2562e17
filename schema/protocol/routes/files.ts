// The routes of a live session's files: the tree, and one file.
import * as v from 'valibot';
import { FileContent, Tree } from '../../file.ts';
import { limits } from '../../limits.ts';
import { documented } from '../documented.ts';
import { idText } from '../fields.ts';
import { declareAnswer, type RouteDeclaration } from '../route.ts';
import { hostErrors, lookupErrors, workspaceErrors } from './errors.ts';

const TreeQuery = v.object({ session_id: idText });

const bytesMax = 999_999_999_999_999;
const bytes = v.optional(
  v.pipe(v.string(), v.regex(/^\d{1,15}$/, 'must be a whole number of at least 0'), v.transform(Number)),
);

/** A query for a file, in which `offset` and `length` count bytes. */
const FileQuery = v.object({
  session_id: idText,
  path: v.pipe(v.string(), v.minLength(1)),
  offset: documented(bytes, { type: 'integer', minimum: 0, maximum: bytesMax }),
  length: documented(
    v.pipe(
      bytes,
      v.check((value) => (value ?? 0) <= limits.fileBytesMax, `must be at most ${limits.fileBytesMax}`),
    ),
    { type: 'integer', minimum: 0, maximum: limits.fileBytesMax },
  ),
});

export const listFiles = {
  method: 'get',
  path: '/api/v1/files/list',
  tag: 'Files',
  summary: 'List the workspace of a live session',
  isOpen: false,
  query: TreeQuery,
  answer: declareAnswer(Tree, {
    tree: [
      {
        name: 'project',
        type: 'folder',
        path: '/workspace/project',
        children: [{ name: 'hello.py', type: 'file', path: '/workspace/project/hello.py' }],
      },
    ],
  }),
  errors: [...lookupErrors, ...hostErrors, ...workspaceErrors],
} as const satisfies RouteDeclaration;

export const readFile = {
  method: 'get',
  path: '/api/v1/files/read',
  tag: 'Files',
  summary: 'Read a file of it, or a part',
  isOpen: false,
  query: FileQuery,
  answer: declareAnswer(FileContent, { content: 'print("Hello from Lucid!")\n' }),
  errors: ['badPath', 'noSuchFile', 'notAFile', 'fileTooLarge', ...lookupErrors, ...hostErrors, ...workspaceErrors],
} as const satisfies RouteDeclaration;
