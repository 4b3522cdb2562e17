// Files that somebody gives to the workspace: those that would replace others are asked about first.
import { useState } from 'react';
import type { TreeNode } from '../lucid.ts';
import type { GivenFile } from '../workspace/given-files.ts';
import { cleanName } from '../workspace/name-upload.ts';
import type { Upload } from '../workspace/upload-file.ts';
import { useUploads } from '../workspace/use-uploads.ts';
import { findNode } from './tree-rows.ts';

const nothing: readonly Upload[] = [];

export function useGivenFiles(sessionId: string, tree: readonly TreeNode[] | undefined) {
  const uploads = useUploads(sessionId);
  const [asked, ask] = useState(nothing);
  const isThere = ({ path }: Upload) => tree !== undefined && findNode(tree, path) !== undefined;
  return {
    uploads,
    /** Paths that wait for an answer, since something is there already. */
    replaced: asked.filter(isThere).map(({ path }) => path),
    give: (files: readonly GivenFile[], folder: string) => {
      const all = files.map(({ file, name }) => ({ file, path: `${folder}/${cleanName(name)}` }));
      if (all.some(isThere)) ask(all);
      else uploads.add(all);
    },
    answer: (mayReplace: boolean) => {
      uploads.add(mayReplace ? asked : asked.filter((upload) => !isThere(upload)));
      ask(nothing);
    },
  };
}
