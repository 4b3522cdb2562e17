// The console's files as `npm start` has built them, and which of them each address shows.
import { access } from 'node:fs/promises';
import { consolePath } from '../../schema/rules/console-path.ts';
import { contentTypes, type PageFile } from './page-file.ts';

const built = new URL('../../frontend/console/dist/', import.meta.url);

export const consolePattern = `${consolePath}*`;

/** The build puts a digest of the content into these names. */
const asset = /^assets\/[\w.-]+\.(js|css|svg)$/;

/** Every address but those of files shows the console, which then finds its page. @returns undefined where there is none */
export function consoleFileOf(path: string): PageFile | undefined {
  if (path !== '/console' && !path.startsWith(consolePath)) return undefined;
  const name = path.slice(consolePath.length);
  const [, type] = asset.exec(name) ?? [];
  if (type !== undefined) return consoleFile(name, type as keyof typeof contentTypes, true);
  if (name === 'icon.svg') return consoleFile(name, 'svg', false);
  if (name === 'start.js') return consoleFile(name, 'js', false);
  return name.startsWith('assets/') ? undefined : consoleFile('index.html', 'html', false);
}

const consoleFile = (name: string, type: keyof typeof contentTypes, isImmutable: boolean): PageFile => ({
  name: `console/${name}`,
  find: async () => {
    const file = new URL(name, built);
    return access(file).then(
      () => file,
      () => undefined,
    );
  },
  contentType: contentTypes[type],
  isImmutable,
});
