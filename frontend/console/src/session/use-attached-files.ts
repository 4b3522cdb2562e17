// Files that go with a message: they are uploaded when it is sent, and it names where they are.
import { useRef, useState } from 'react';
import { findNode } from '../files/tree-rows.ts';
import { type Lucid, useLucid } from '../lucid.ts';
import type { GivenFile } from '../workspace/given-files.ts';
import { cleanName, findFreeName } from '../workspace/name-upload.ts';
import { findSizeProblem, uploadFile } from '../workspace/upload-file.ts';
import { uploadsFolder } from './name-files.ts';

/** `path`: where it is in the workspace, once it is. */
export type AttachedFile = {
  id: number;
  name: string;
  file: File;
  state: 'ready' | 'sending' | 'done' | 'refused';
  path?: string;
  problem?: string;
};

export function useAttachedFiles(sessionId: string) {
  const lucid = useLucid();
  const [all, setAll] = useState<readonly AttachedFile[]>([]);
  const lastId = useRef(0);
  const change = (id: number, now: Partial<AttachedFile>) =>
    setAll((before) => before.map((each) => (each.id === id ? { ...each, ...now } : each)));
  const upload = async (attached: AttachedFile, path: string) => {
    change(attached.id, { state: 'sending' });
    try {
      await uploadFile(lucid, sessionId, { file: attached.file, path });
      change(attached.id, { state: 'done', path });
    } catch (error) {
      change(attached.id, { state: 'refused', problem: (error as Error).message });
      throw new Error(`${attached.name}: ${(error as Error).message}`, { cause: error });
    }
    return path;
  };
  return {
    all,
    add: (files: readonly GivenFile[]) =>
      setAll((before) => [
        ...before,
        ...files.map(({ file, name }) => ({
          id: ++lastId.current,
          name: cleanName(name),
          file,
          ...standingOf(file),
        })),
      ]),
    remove: (id: number) => setAll((before) => before.filter((each) => each.id !== id)),
    clear: () => setAll([]),
    /** @returns where they are; those that were uploaded before stay there @throws Error, LucidError for the first that is refused */
    uploadAll: async (): Promise<string[]> => {
      const tooLarge = all.find(({ file }) => findSizeProblem(file) !== undefined);
      if (tooLarge) throw new Error(`${tooLarge.name} is too large. Leave it out to send the others.`);
      const missing = all.filter(({ path }) => path === undefined);
      const taken = missing.length > 0 ? await listUploaded(lucid, sessionId) : new Set<string>();
      const paths: string[] = [];
      for (const attached of all) {
        const name = findFreeName(attached.name, (tried) => taken.has(tried));
        taken.add(name);
        paths.push(attached.path ?? (await upload(attached, `${uploadsFolder}/${name}`)));
      }
      return paths;
    },
  };
}

/** One that is too large is refused before anything is sent. */
function standingOf(file: File): Pick<AttachedFile, 'state' | 'problem'> {
  const problem = findSizeProblem(file);
  return problem === undefined ? { state: 'ready' } : { state: 'refused', problem };
}

async function listUploaded(lucid: Lucid, sessionId: string): Promise<Set<string>> {
  const { tree } = await lucid.files.list(sessionId);
  const folder = findNode(tree, uploadsFolder);
  return new Set(folder?.type === 'folder' ? folder.children.map(({ name }) => name) : []);
}
