// The routes of a live session's files: the tree, and one file.
import * as v from 'valibot';
import { limits } from '../../limits.ts';
import { documented } from '../documented.ts';
import { idText } from '../fields.ts';

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
