// Files on their way into the workspace, one after the other, and how each fares.
import { useCallback, useRef, useState } from 'react';
import { useLucid } from '../lucid.ts';
import { type Upload, uploadFile } from './upload-file.ts';

export type UploadState = {
  id: number;
  path: string;
  state: 'waiting' | 'sending' | 'done' | 'refused';
  problem?: string;
};

export type Uploads = { all: readonly UploadState[]; add(files: readonly Upload[]): void; clear(): void };

export function useUploads(sessionId: string): Uploads {
  const lucid = useLucid();
  const [all, setAll] = useState<readonly UploadState[]>([]);
  const lastId = useRef(0);
  const queue = useRef<Promise<void>>(Promise.resolve());
  const change = useCallback((id: number, now: Partial<UploadState>) => {
    setAll((before) => before.map((each) => (each.id === id ? { ...each, ...now } : each)));
  }, []);
  const add = useCallback(
    (files: readonly Upload[]) => {
      for (const file of files) {
        const id = ++lastId.current;
        setAll((before) => [...before, { id, path: file.path, state: 'waiting' }]);
        queue.current = queue.current.then(async () => {
          change(id, { state: 'sending' });
          await uploadFile(lucid, sessionId, file).then(
            () => change(id, { state: 'done' }),
            (error: Error) => change(id, { state: 'refused', problem: error.message }),
          );
        });
      }
    },
    [lucid, sessionId, change],
  );
  const clear = useCallback(
    () => setAll((before) => before.filter(({ state }) => state === 'waiting' || state === 'sending')),
    [],
  );
  return { all, add, clear };
}
