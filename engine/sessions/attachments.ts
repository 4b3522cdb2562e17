// Files that come with messages: kept for their session before the message is, or found in its workspace.

import type { NewAttachment } from '../../actors/images/read-attachments.ts';
import { imageTypeOf, readImage } from '../../actors/images/read-image.ts';
import { digestOf } from '../../actors/kept-files.ts';
import { sessionHoldsTooMuch } from '../../actors/persistence/persistence-store.ts';
import { resolveInWorkspace } from '../../sandbox/workspace/workspace-path.ts';
import { failed, type Outcome, succeeded } from '../../schema/error.ts';
import type { FileContent, FilePart } from '../../schema/file.ts';
import type { Attachment } from '../../schema/image.ts';
import { limits } from '../../schema/limits.ts';
import type { DirectWrites } from '../database/direct-writes.ts';

/** As many bytes as tell what a file is. */
const beginningBytes = 16;

export type AttachmentsDependencies = { writes: Pick<DirectWrites, 'keepFile' | 'dropFiles'> };

/** Reads a part of a file of the session's workspace. */
export type ReadPart = (path: string, part: FilePart) => Promise<Outcome<FileContent>>;

export class Attachments {
  readonly #dependencies: AttachmentsDependencies;

  constructor(dependencies: AttachmentsDependencies) {
    this.#dependencies = dependencies;
  }

  /** Keeps the bytes of files that were sent. @returns `fileTooLarge` where the session would hold too much */
  async keep(sessionId: string, files: readonly NewAttachment[]): Promise<Outcome<Attachment[]>> {
    for (const { attachment, bytes } of files)
      if (!(await this.#dependencies.writes.keepFile(sessionId, attachment.digest, bytes))) return sessionHoldsTooMuch;
    return succeeded(files.map(({ attachment }) => attachment));
  }

  /** For a session that was refused after all. */
  drop(sessionId: string): Promise<void> {
    return this.#dependencies.writes.dropFiles(sessionId);
  }

  /** Finds files of the workspace that a message names; pictures among them are kept, so that they stay as they are now. */
  async find(sessionId: string, paths: readonly string[], readPart: ReadPart): Promise<Outcome<Attachment[]>> {
    const found: Attachment[] = [];
    for (const given of paths) {
      const attachment = await this.#findOne(sessionId, given, readPart);
      if (!attachment.ok) return attachment;
      found.push(attachment.value);
    }
    return succeeded(found);
  }

  async #findOne(sessionId: string, given: string, readPart: ReadPart): Promise<Outcome<Attachment>> {
    const inside = resolveInWorkspace(given);
    if (!inside.ok) return inside;
    const path = inside.value;
    const beginning = await readPart(path, { length: beginningBytes });
    if (!beginning.ok) return beginning;
    const begin = bytesOf(beginning.value);
    const size = beginning.value.size ?? begin.length;
    if (!imageTypeOf(begin)) return succeeded({ path, size });
    if (size > limits.imageBytesMax)
      return failed('invalid', `${path}: The image has ${size} bytes; models take at most ${limits.imageBytesMax}.`);
    const file = await readAll(path, size, readPart);
    if (!file.ok) return file;
    const image = readImage(file.value);
    if (!image?.ok) return image ?? failed('invalid', `${path}: It has changed while it was read.`);
    const digest = digestOf(file.value);
    if (!(await this.#dependencies.writes.keepFile(sessionId, digest, file.value))) return sessionHoldsTooMuch;
    return succeeded({ path, size, image: { digest, ...image.value } });
  }
}

async function readAll(path: string, size: number, readPart: ReadPart): Promise<Outcome<Buffer>> {
  const parts: Buffer[] = [];
  for (let offset = 0; offset < size; offset += limits.fileBytesMax) {
    const part = await readPart(path, { offset, length: limits.fileBytesMax });
    if (!part.ok) return part;
    parts.push(bytesOf(part.value));
  }
  return succeeded(Buffer.concat(parts));
}

const bytesOf = ({ content, encoding }: FileContent): Buffer => Buffer.from(content, encoding ?? 'utf8');
