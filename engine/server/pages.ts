// The pages that the engine serves to browsers: which files there are, and each as it is answered, read and compressed once.
import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { brotliCompress, constants, gzip } from 'node:zlib';
import { consoleFileOf, consolePattern } from './console-files.ts';
import { contentTypes, type PageFile } from './page-file.ts';

export const pageEncodings = ['br', 'gzip', 'identity'] as const;
export type PageEncoding = (typeof pageEncodings)[number];
/** A file's bytes, and the tag by which a browser knows exactly these. */
type Encoded = { etag: string; body: Buffer };
/** A file as it is answered; `br` is what nearly every browser gets. */
export type Page = Pick<PageFile, 'contentType' | 'isImmutable'> & Record<PageEncoding, Encoded>;

const docs = new URL('../../frontend/docs/', import.meta.url);
const prepared = new URL('../../.runtime/', import.meta.url);

const fileOfDocs = (name: string) => async (): Promise<URL | undefined> => new URL(name, docs);

/** What `engine/setup/scalar.mjs` has fetched; undefined where that couldn't be. */
async function findScalar(): Promise<URL | undefined> {
  const names = await readdir(prepared).catch(() => []);
  const name = names
    .filter((each) => /^scalar-[\d.]+\.js$/.test(each))
    .sort()
    .at(-1);
  return name === undefined ? undefined : new URL(name, prepared);
}

const docsPage = (name: string, contentType: keyof typeof contentTypes, find = fileOfDocs(name)): PageFile => ({
  name,
  find,
  contentType: contentTypes[contentType],
  isImmutable: false,
});

const docsFiles: Record<string, PageFile> = {
  '/docs': docsPage('index.html', 'html'),
  '/docs/websocket': docsPage('websocket.html', 'html'),
  '/docs/docs.css': docsPage('docs.css', 'css'),
  '/docs/reference.js': docsPage('reference.js', 'js'),
  '/docs/websocket.js': docsPage('websocket.js', 'js'),
  '/docs/scalar.js': docsPage('scalar.js', 'js', findScalar),
};

/** Every pattern, as uWebSockets.js takes it, that has a page behind it. */
export const pagePatterns: readonly string[] = [...Object.keys(docsFiles), '/console', consolePattern];

const findPageFile = (path: string): PageFile | undefined => docsFiles[path] ?? consoleFileOf(path);

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

const compressGzip = promisify(gzip);
const compressBrotli = promisify(brotliCompress);
/** Of 11: the two above take 30 times as long for a tenth less. */
const brotliQuality = 9;

/** Reads each file when it is first asked for, and keeps it: some megabytes for all of them. */
export class Pages {
  readonly #pages = new Map<string, Promise<Page | undefined>>();

  /** @returns undefined for a path that has no file, or whose file isn't there @throws where a file can't be read */
  find(path: string): Promise<Page | undefined> {
    const served = findPageFile(path);
    if (!served) return Promise.resolve(undefined);
    const { name } = served;
    const known = this.#pages.get(name);
    if (known) return known;
    const reading = readPage(served);
    this.#pages.set(name, reading);
    reading.then(
      (page) => page === undefined && this.#pages.delete(name), // It may come while the engine runs.
      () => this.#pages.delete(name),
    );
    return reading;
  }
}

async function readPage({ find, contentType, isImmutable }: PageFile): Promise<Page | undefined> {
  const file = await find();
  if (!file) return undefined;
  const body = await readFile(file);
  const digest = createHash('sha256').update(body).digest('base64url').slice(0, 22);
  const [br, gzipped] = await Promise.all([
    compressBrotli(body, { params: { [constants.BROTLI_PARAM_QUALITY]: brotliQuality } }),
    compressGzip(body, { level: 9 }),
  ]);
  return {
    contentType,
    isImmutable,
    br: { etag: `"${digest}-br"`, body: br },
    gzip: { etag: `"${digest}-gzip"`, body: gzipped },
    identity: { etag: `"${digest}"`, body },
  };
}
