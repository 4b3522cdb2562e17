// A file that is served as a page, or as a part of one.

export const contentTypes = {
  html: 'text/html; charset=utf-8',
  js: 'text/javascript; charset=utf-8',
  css: 'text/css; charset=utf-8',
  svg: 'image/svg+xml',
} as const;

/** What is served at one path. */
export type PageFile = {
  /** By which it is kept: the same for all paths that show it. */
  name: string;
  find: () => Promise<URL | undefined>;
  contentType: string;
  /** Whether its name tells its content, so that a browser needn't ask again. */
  isImmutable: boolean;
};
