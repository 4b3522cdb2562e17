// What a form hears of files that are pasted into it or dropped on it.
import { type ComponentProps, useState } from 'react';
import { useToast } from '../ui/toast.tsx';
import { type GivenFile, hasFiles, readGiven } from '../workspace/given-files.ts';

export type Give = (files: readonly GivenFile[]) => void;

type Handlers = Pick<ComponentProps<'form'>, 'onPaste' | 'onDragOver' | 'onDragLeave' | 'onDrop'>;

/** @returns what the form hears, and whether files are held above it */
export function useTakingFiles(give: Give): { handlers: Handlers; isAbove: boolean } {
  const toast = useToast();
  const [isAbove, setAbove] = useState(false);
  const take = (data: DataTransfer) => {
    const { files, hasFolders } = readGiven(data);
    if (hasFolders) toast('Folders can’t go with a message: give the files in them.', true);
    if (files.length > 0) give(files);
  };
  return {
    isAbove,
    handlers: {
      onPaste: (event) => {
        const { clipboardData: data } = event;
        if (!hasFiles(data) || data.types.includes('text/plain')) return; // A copied table comes with its picture.
        event.preventDefault();
        take(data);
      },
      onDragOver: (event) => {
        if (!hasFiles(event.dataTransfer)) return;
        event.preventDefault();
        setAbove(true);
      },
      onDragLeave: () => setAbove(false),
      onDrop: (event) => {
        if (!hasFiles(event.dataTransfer)) return;
        event.preventDefault();
        setAbove(false);
        take(event.dataTransfer);
      },
    },
  };
}
