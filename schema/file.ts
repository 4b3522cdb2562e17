// The workspace as clients see it: a tree of files, and the content of one; and what they ask for it by.
import * as v from 'valibot';
import { idText } from './command.ts';
import { limits } from './limits.ts';
import { documented } from './protocol/documented.ts';

export type TreeNode =
  | { name: string; type: 'file'; path: string }
  | { name: string; type: 'folder'; path: string; children: TreeNode[] };

export type Tree = { tree: TreeNode[]; truncated?: true };

/** Which bytes of a file; without `length`, all from `offset` on. */
export type FilePart = { offset?: number; length?: number };

/** `content` is text, or base64 where `encoding` says so. */
export type FileContent = {
  content: string;
  encoding?: 'base64';
  /** The whole file's bytes, where this is a part of it. */
  size?: number;
};

/** `GET /files/list?session_id=`. */
export const TreeQuery = v.object({ session_id: idText });

const bytesMax = 999_999_999_999_999;
const bytes = v.optional(
  v.pipe(v.string(), v.regex(/^\d{1,15}$/, 'must be a whole number of at least 0'), v.transform(Number)),
);

/** `GET /files/read?session_id=&path=&offset=&length=`, in bytes. */
export const FileQuery = v.object({
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
