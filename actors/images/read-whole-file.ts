// Reads the bytes of a file of a sandbox, also of one that is larger than a sandbox gives at once.
import type { Sandbox } from '../../sandbox/sandbox.ts';
import { failed, type Outcome, succeeded } from '../../schema/error.ts';
import { limits } from '../../schema/limits.ts';

/** @returns `fileTooLarge` for one of more than `bytesMax` */
export async function readWholeFile(path: string, sandbox: Sandbox, bytesMax: number): Promise<Outcome<Buffer>> {
  const parts: Buffer[] = [];
  let bytes = 0;
  for (;;) {
    const part = await sandbox.read(path, { offset: bytes, length: limits.fileBytesMax });
    if (!part.ok) return part;
    const { content, encoding = 'utf8', size } = part.value;
    const read = Buffer.from(content, encoding);
    parts.push(read);
    bytes += read.length;
    if ((size ?? bytes) > bytesMax || bytes > bytesMax)
      return failed('fileTooLarge', `The file has ${size ?? bytes} bytes; at most ${bytesMax} are read of such files.`);
    if (size === undefined || bytes >= size || read.length === 0) return succeeded(Buffer.concat(parts));
  }
}
