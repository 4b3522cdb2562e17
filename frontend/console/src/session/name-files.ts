// The words by which a message names the files that came with it. Pure.

/** Where files of messages go: outside of a repository, so that they are no change of it. */
export const uploadsFolder = '/workspace/uploads';

/** @param paths of files that are in the workspace by now */
export function nameFiles(text: string, paths: readonly string[]): string {
  if (paths.length === 0) return text;
  const list = paths.map((path) => `- ${path}`).join('\n');
  const head =
    paths.length === 1 ? 'The file that I put into the workspace:' : 'The files that I put into the workspace:';
  return text === '' ? `${head}\n${list}` : `${text}\n\n${head}\n${list}`;
}
