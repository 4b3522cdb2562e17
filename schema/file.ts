// The workspace as clients see it: a tree of files, and a file's content.
import * as v from 'valibot';

export type TreeNode =
  | { name: string; type: 'file'; path: string }
  | { name: string; type: 'folder'; path: string; children: TreeNode[] };

export const TreeNode: v.GenericSchema<TreeNode> = v.variant('type', [
  v.strictObject({ name: v.string(), type: v.literal('file'), path: v.string() }),
  v.strictObject({
    name: v.string(),
    type: v.literal('folder'),
    path: v.string(),
    children: v.array(v.lazy(() => TreeNode)),
  }),
]);

export const Tree = v.strictObject({
  tree: v.array(TreeNode),
  truncated: v.exactOptional(v.pipe(v.literal(true), v.description('Where the workspace holds more'))),
});
export type Tree = v.InferOutput<typeof Tree>;

/** A range of a file's bytes; without `length`, all from `offset` on. */
export type FilePart = { offset?: number; length?: number };

export const FileContent = v.strictObject({
  content: v.pipe(v.string(), v.description('Text, or base64 where `encoding` says so')),
  encoding: v.exactOptional(v.literal('base64')),
  size: v.exactOptional(v.pipe(v.number(), v.integer(), v.description("The whole file's bytes, where this is a part"))),
});
export type FileContent = v.InferOutput<typeof FileContent>;

/** Something that a workspace holds. Bytes of names that aren't UTF-8 are lone surrogates. */
export type WorkspaceEntry = {
  /** From the workspace on. */
  path: string;
  kind: 'file' | 'folder' | 'link';
  size: number;
  /** Its rights, as `chmod` has them. */
  mode: number;
  /** Seconds since 1970. */
  modifiedAtS: number;
  /** Of a link: where it leads. */
  target?: string;
};

/** A part of a file, and the size of the whole. */
export type FileBytes = { bytes: Uint8Array; size: number };

/** A patch of all changes that waits to be read. */
export type Patch = { id: string; size: number };
