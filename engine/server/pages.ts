// The pages that the engine serves to browsers: which files there are, and each as it is answered, read and compressed once.
import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';

/** What is served at one path. */
type PageFile = { file: () => Promise<URL | undefined>; contentType: string };

/** A file's bytes, and the tag by which a browser knows exactly these. */
type Encoded = { etag: string; body: Buffer };
/** A file as it is answered; `gzipped` is what nearly every browser gets. */
export type Page = { contentType: string; plain: Encoded; gzipped: Encoded };

const docs = new URL('../../frontend/docs/', import.meta.url);
const prepared = new URL('../../.runtime/', import.meta.url);

const fileOfDocs = (name: string) => async () => new URL(name, docs);

/** What `engine/setup/scalar.mjs` has fetched; undefined where that couldn't be. */
async function findScalar(): Promise<URL | undefined> {
  const names = await readdir(prepared).catch(() => []);
  const name = names
    .filter((each) => /^scalar-[\d.]+\.js$/.test(each))
    .sort()
    .at(-1);
  return name === undefined ? undefined : new URL(name, prepared);
}

const html = 'text/html; charset=utf-8';
const script = 'text/javascript; charset=utf-8';

const pageFiles: Record<string, PageFile> = {
  '/docs': { file: fileOfDocs('index.html'), contentType: html },
  '/docs/websocket': { file: fileOfDocs('websocket.html'), contentType: html },
  '/docs/docs.css': { file: fileOfDocs('docs.css'), contentType: 'text/css; charset=utf-8' },
  '/docs/reference.js': { file: fileOfDocs('reference.js'), contentType: script },
  '/docs/websocket.js': { file: fileOfDocs('websocket.js'), contentType: script },
  '/docs/scalar.js': { file: findScalar, contentType: script },
};

export const pagePaths: readonly string[] = Object.keys(pageFiles);

/**
 * What pages may do: nothing but ask this engine. Scalar makes styles while it runs; a stylesheet can't ask other hosts here
 * either, since images and fonts may not come from there.
 */
export const pageHeaders = {
  'Content-Security-Policy': [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self' 'unsafe-inline'",
    "img-src 'self' data: blob:",
    "font-src 'self' data:",
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; '),
  'Referrer-Policy': 'no-referrer',
  'X-Frame-Options': 'DENY',
};

const compress = promisify(gzip);

/** Reads each file when it is first asked for, and keeps it: a megabyte for all of them. */
export class Pages {
  readonly #pages = new Map<string, Promise<Page | undefined>>();

  /** @returns undefined for a path that has no file, or whose file isn't installed @throws where a file can't be read */
  find(path: string): Promise<Page | undefined> {
    const known = this.#pages.get(path);
    if (known) return known;
    const reading = readPage(pageFiles[path]);
    this.#pages.set(path, reading);
    reading.then(
      (page) => page === undefined && this.#pages.delete(path), // It may be installed while the engine runs.
      () => this.#pages.delete(path),
    );
    return reading;
  }
}

async function readPage(served: PageFile | undefined): Promise<Page | undefined> {
  const file = await served?.file();
  if (!served || !file) return undefined;
  const body = await readFile(file);
  const digest = createHash('sha256').update(body).digest('base64url').slice(0, 22);
  return {
    contentType: served.contentType,
    plain: { etag: `"${digest}"`, body },
    gzipped: { etag: `"${digest}-gzip"`, body: await compress(body, { level: 9 }) },
  };
}
