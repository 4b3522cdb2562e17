// What the built console weighs: what its first page needs, and all of it.
import { readdir, readFile } from 'node:fs/promises';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';

const dist = new URL('../dist/', import.meta.url);
/** As the engine sends it. */
const brotliQuality = 9;

type Weighed = { names: string[]; bytes: number; gzipBytes: number; brotliBytes: number };

export async function measureBuild(): Promise<{ initial: Weighed; all: { name: string; text: string }[] }> {
  const names = (await readdir(new URL('assets/', dist))).filter((name) => name.endsWith('.js'));
  const all = await Promise.all(
    names.map(async (name) => ({ name, text: await readFile(new URL(`assets/${name}`, dist), 'utf8') })),
  );
  const page = await readFile(new URL('index.html', dist), 'utf8');
  const needed = new Set<string>();
  const need = (text: string, pattern: RegExp) => {
    for (const [, name = ''] of text.matchAll(pattern)) {
      if (needed.has(name)) continue;
      needed.add(name);
      need(all.find((each) => each.name === name)?.text ?? '', /(?:from|import)\s*"\.\/([\w.-]+\.js)"/g);
    }
  };
  need(page, /\/console\/assets\/([\w.-]+\.js)/g);
  return { initial: weigh(all.filter(({ name }) => needed.has(name))), all };
}

function weigh(files: { name: string; text: string }[]): Weighed {
  const sum = (sizeOf: (text: Buffer) => number) =>
    files.reduce((bytes, { text }) => bytes + sizeOf(Buffer.from(text)), 0);
  const params = { [constants.BROTLI_PARAM_QUALITY]: brotliQuality };
  return {
    names: files.map(({ name }) => name),
    bytes: sum(({ length }) => length),
    gzipBytes: sum((text) => gzipSync(text, { level: 9 }).length),
    brotliBytes: sum((text) => brotliCompressSync(text, { params }).length),
  };
}
