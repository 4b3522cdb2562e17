// The routes of a live session's files: the tree, and one file, which is read or written.
import * as v from 'valibot';
import { failed } from '../../error.ts';
import { FileContent, Tree } from '../../file.ts';
import { limits } from '../../limits.ts';
import { wholeNumber } from '../answer-fields.ts';
import { documented } from '../documented.ts';
import { exampleSession } from '../examples.ts';
import { idText } from '../fields.ts';
import { declareAnswer, declareBody, type RouteDeclaration } from '../route.ts';
import { hostErrors, lookupErrors, viewedErrors, workspaceErrors } from './errors.ts';

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
  access: 'viewer',
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
  errors: [...viewedErrors, ...lookupErrors, ...hostErrors, ...workspaceErrors],
} as const satisfies RouteDeclaration;

export const readFile = {
  method: 'get',
  path: '/api/v1/files/read',
  tag: 'Files',
  summary: 'Read a file of it, or a part',
  isOpen: false,
  access: 'viewer',
  query: FileQuery,
  answer: declareAnswer(FileContent, { content: 'print("Hello from Lucid!")\n' }),
  errors: [
    ...viewedErrors,
    'badPath',
    'noSuchFile',
    'notAFile',
    'fileTooLarge',
    ...lookupErrors,
    ...hostErrors,
    ...workspaceErrors,
  ],
} as const satisfies RouteDeclaration;

const base64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

/** What reading a file answers can be written back as it is. */
const WriteFile = v.object({
  session_id: idText,
  path: v.pipe(v.string(), v.minLength(1), v.maxLength(limits.pathCharsMax)),
  content: v.pipe(v.string(), v.description('Text, or base64 where `encoding` says so')),
  encoding: v.optional(v.literal('base64')),
});

function findBadBase64(json: unknown) {
  if (typeof json !== 'object' || json === null || !('encoding' in json) || json.encoding !== 'base64')
    return undefined;
  const content = 'content' in json ? json.content : undefined;
  if (typeof content !== 'string' || base64.test(content)) return undefined;
  const errors = [{ path: 'content', message: 'must be base64' }];
  return failed('invalid', 'content: must be base64', { errors }).failure;
}

const writtenFile = declareAnswer(
  v.strictObject({
    status: v.literal('written'),
    sessionId: v.string(),
    path: v.string(),
    size: v.pipe(wholeNumber, v.description('In bytes')),
    sequence: v.pipe(wholeNumber, v.description('Of the event `UserFileChange`')),
  }),
  {
    status: 'written',
    sessionId: exampleSession.sessionId,
    path: '/workspace/project/notes.txt',
    size: 17,
    sequence: 13,
  },
);

export const writeFile = {
  method: 'post',
  path: '/api/v1/files/write',
  tag: 'Files',
  summary: 'Write a file into it; the agent reads of it before its next step',
  isOpen: false,
  isCommand: true,
  body: {
    ...declareBody(WriteFile, {
      session_id: exampleSession.sessionId,
      path: 'project/notes.txt',
      content: 'Say hello twice.\n',
    }),
    refuse: findBadBase64,
  },
  answer: writtenFile,
  errors: ['badPath', 'notAFile', 'fileTooLarge', ...lookupErrors, ...hostErrors, ...workspaceErrors],
} as const satisfies RouteDeclaration;

/** A path that stands in a URL. */
const uploadPath = v.pipe(v.string(), v.minLength(1), v.maxLength(limits.urlCharsMax));

export const uploadFile = {
  method: 'post',
  path: '/api/v1/files/upload',
  tag: 'Files',
  summary: `Write a file into it whose bytes are the body, at most ${limits.uploadBytesMax}; otherwise as the other one`,
  isOpen: false,
  isCommand: true,
  query: v.object({ session_id: idText, path: uploadPath }),
  upload: { bytesMax: limits.uploadBytesMax, example: 'The bytes of a file' },
  answer: writtenFile,
  errors: ['badPath', 'notAFile', 'fileTooLarge', ...lookupErrors, ...hostErrors, ...workspaceErrors],
} as const satisfies RouteDeclaration;
