// The files that go with a task or a message, and those that were refused when they were given last.
import { useRef, useState } from 'react';
import type { GivenFile } from '../workspace/given-files.ts';
import { checkReadable } from '../workspace/upload-file.ts';
import { type RefusedFile, takeFiles } from './take-files.ts';

type MessageFile = { id: number; file: File };

export type MessageFiles = {
  all: readonly MessageFile[];
  refused: readonly RefusedFile[];
  give(files: readonly GivenFile[]): void;
  remove(id: number): void;
  /** @throws Error in words for the first that the browser can't read any more */
  read(): Promise<File[]>;
};

type Held = Pick<MessageFiles, 'all' | 'refused'>;

const nothing: Held = { all: [], refused: [] };

/** @param onChange called when files come or go */
export function useMessageFiles(onChange: () => void): MessageFiles {
  const [{ all, refused }, hold] = useState(nothing);
  const lastId = useRef(0);
  return {
    ...{ all, refused },
    give: (given) => {
      onChange();
      hold((before) => {
        const taken = takeFiles(
          before.all.map(({ file }) => file),
          given,
        );
        const added = taken.files.map((file) => ({ id: ++lastId.current, file }));
        return { all: [...before.all, ...added], refused: taken.refused };
      });
    },
    remove: (id) => {
      onChange();
      hold((before) => ({ all: before.all.filter((each) => each.id !== id), refused: [] }));
    },
    read: async () => {
      for (const { file } of all)
        await checkReadable(file).catch((error: Error) => {
          throw new Error(`${file.name}: ${error.message}`, { cause: error });
        });
      return all.map(({ file }) => file);
    },
  };
}
