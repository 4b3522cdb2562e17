// Takes files that are dropped or pasted; above a folder they go into it.
import { type DragEvent, type ReactNode, useEffect, useRef, useState } from 'react';
import { useToast } from '../ui/toast.tsx';
import { type GivenFile, hasFiles, readGiven } from '../workspace/given-files.ts';

type DropZoneProps = {
  isOff: boolean;
  /** The folder for what is pasted, or dropped elsewhere. */
  target: string;
  onGive(files: readonly GivenFile[], folder: string): void;
  /** @param above the folder that files would go into now; undefined while there are none above */
  children(above: string | undefined): ReactNode;
};

export function DropZone({ isOff, target, onGive, children }: DropZoneProps) {
  const toast = useToast();
  const [above, setAbove] = useState<string>();
  const take = (data: DataTransfer, folder: string) => {
    const { files, hasFolders } = readGiven(data);
    if (hasFolders) toast('Folders can’t be uploaded: give the files in them.', true);
    if (files.length > 0) onGive(files, folder);
  };
  usePastedFiles((data) => !isOff && take(data, target));
  if (isOff) return children(undefined);
  const hear = (event: DragEvent) => {
    if (!hasFiles(event.dataTransfer)) return;
    event.preventDefault();
    event.dataTransfer.dropEffect = 'copy';
    setAbove(folderUnder(event.target) ?? target);
  };
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: what is dropped can also be pasted, and chosen by a button.
    <div
      className={`h-full min-h-0 ${above === undefined ? '' : 'outline-2 -outline-offset-2 outline-accent outline-dashed'}`}
      onDragEnter={hear}
      onDragOver={hear}
      onDragLeave={(event) => {
        if (!(event.relatedTarget instanceof Node && event.currentTarget.contains(event.relatedTarget)))
          setAbove(undefined);
      }}
      onDrop={(event) => {
        if (!hasFiles(event.dataTransfer)) return;
        event.preventDefault();
        setAbove(undefined);
        take(event.dataTransfer, folderUnder(event.target) ?? target);
      }}
    >
      {children(above)}
    </div>
  );
}

/** @returns the folder whose row, or the row of whose file, is there */
function folderUnder(target: EventTarget): string | undefined {
  const row = target instanceof Element ? target.closest<HTMLElement>('[data-path]') : null;
  const path = row?.dataset.path;
  if (!row || path === undefined) return undefined;
  return row.dataset.folder === undefined ? path.slice(0, path.lastIndexOf('/')) : path;
}

/** Pastes anywhere in the page, but into fields, whose they are. */
function usePastedFiles(take: (data: DataTransfer) => void): void {
  const latest = useRef(take);
  latest.current = take;
  useEffect(() => {
    const hear = (event: ClipboardEvent) => {
      if (event.defaultPrevented || !event.clipboardData || !hasFiles(event.clipboardData)) return;
      if (event.target instanceof HTMLElement && event.target.closest('input, textarea')) return;
      event.preventDefault();
      latest.current(event.clipboardData);
    };
    document.addEventListener('paste', hear);
    return () => document.removeEventListener('paste', hear);
  }, []);
}
