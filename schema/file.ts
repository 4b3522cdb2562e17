// The workspace as clients see it: a tree of files, and the content of one.

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
