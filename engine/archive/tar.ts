// Writes the entries of a tar archive. Pure. Names are bytes, as files have them: packages take text, and would change some.

const blockBytes = 512;
/** What a header's field of a name holds; longer names have an entry of their own before it, as GNU's tar writes it. */
const nameBytesMax = 100;
/** The largest size of a header's field: eleven octal digits. */
const fieldSizeMax = 8 ** 11 - 1;

export type TarEntry = {
  name: Buffer;
  kind: 'file' | 'folder' | 'link';
  size: number;
  mode: number;
  modifiedAtS: number;
  /** Where a link leads. */
  target?: Buffer;
};

const types = { file: '0', link: '2', folder: '5' } as const;
const longTypes = { name: 'L', target: 'K' } as const;

/** The header of an entry, and before it what is too long for it. A file's content follows, and `tarPaddingOf` it. */
export function tarHeaderOf({ name, kind, size, mode, modifiedAtS, target = Buffer.alloc(0) }: TarEntry): Buffer {
  const whole = kind === 'folder' ? Buffer.concat([name, Buffer.from('/')]) : name;
  const bytes = kind === 'file' ? size : 0;
  return Buffer.concat([
    ...longEntryOf(longTypes.target, target),
    ...longEntryOf(longTypes.name, whole),
    headerOf({ name: whole, target, type: types[kind], size: bytes, mode, modifiedAtS }),
  ]);
}

/** Zeros up to the next block. */
export const tarPaddingOf = (size: number): Buffer => Buffer.alloc((blockBytes - (size % blockBytes)) % blockBytes);

export const tarEnd: Buffer = Buffer.alloc(2 * blockBytes);

function longEntryOf(type: string, name: Buffer): Buffer[] {
  if (name.length <= nameBytesMax) return [];
  const content = Buffer.concat([name, Buffer.alloc(1)]);
  const long = { name: Buffer.from('././@LongLink'), target: Buffer.alloc(0), mode: 0o644, modifiedAtS: 0 };
  return [headerOf({ ...long, type, size: content.length }), content, tarPaddingOf(content.length)];
}

type Header = { name: Buffer; target: Buffer; type: string; size: number; mode: number; modifiedAtS: number };

function headerOf({ name, target, type, size, mode, modifiedAtS }: Header): Buffer {
  const header = Buffer.alloc(blockBytes);
  name.copy(header, 0, 0, nameBytesMax);
  header.write(octalOf(mode & 0o777, 7), 100, 'latin1');
  header.write(octalOf(0, 7), 108, 'latin1');
  header.write(octalOf(0, 7), 116, 'latin1');
  header.write(octalOf(Math.min(size, fieldSizeMax), 11), 124, 'latin1');
  header.write(octalOf(Math.min(modifiedAtS, fieldSizeMax), 11), 136, 'latin1');
  header.write('        ', 148, 'latin1'); // The checksum counts its own field as blanks.
  header.write(type, 156, 'latin1');
  target.copy(header, 157, 0, nameBytesMax);
  header.write('ustar  ', 257, 'latin1');
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${octalOf(sum, 6)}\0 `, 148, 'latin1');
  return header;
}

const octalOf = (value: number, digits: number): string => value.toString(8).padStart(digits, '0');
