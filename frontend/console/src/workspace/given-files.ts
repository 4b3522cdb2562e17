// The files of a paste or a drop.
import { nameOfPasted } from './name-upload.ts';

export type GivenFile = { name: string; file: File };

export const hasFiles = (data: DataTransfer | null): boolean => data?.types.includes('Files') ?? false;

/** @returns the files, without folders, whose content browsers don't give like this */
export function readGiven(data: DataTransfer): { files: GivenFile[]; hasFolders: boolean } {
  const items = [...data.items].filter(({ kind }) => kind === 'file');
  const folders = items.filter((item) => item.webkitGetAsEntry()?.isDirectory);
  const files = items.filter((item) => !folders.includes(item)).flatMap((item) => item.getAsFile() ?? []);
  const now = new Date();
  return { files: files.map((file) => ({ file, name: nameOfPasted(file.name, now) })), hasFolders: folders.length > 0 };
}
