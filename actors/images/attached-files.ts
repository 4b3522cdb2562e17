// Puts the files that came with messages into the workspace, once into each sandbox, and tells the model of them.
import { type Sandbox, workspace } from '../../sandbox/sandbox.ts';
import type { StoredEvent } from '../../schema/event.ts';
import type { Attachment } from '../../schema/image.ts';
import type { KeptFiles } from '../kept-files.ts';

/** Outside of the repository, and left out of trees and changes. */
export const attachmentsFolder = `${workspace}/.attachments`;

export type AttachedFilesDependencies = {
  sessionId: string;
  events: readonly StoredEvent[];
  keptFiles: Pick<KeptFiles, 'load'>;
  /** A file that is gone or can't be written: the model finds nothing at its path. */
  onMissing(path: string, reason: string): void;
};

export class AttachedFiles {
  readonly #dependencies: AttachedFilesDependencies;
  /** By sandbox, up to which event its files are there. */
  readonly #placedThrough = new WeakMap<Sandbox, number>();

  constructor(dependencies: AttachedFilesDependencies) {
    this.#dependencies = dependencies;
  }

  /** Writes those that aren't there yet. */
  async placeFiles(sandbox: Sandbox): Promise<void> {
    const { events } = this.#dependencies;
    const through = this.#placedThrough.get(sandbox) ?? 0;
    const last = events.at(-1)?.sequence ?? 0;
    if (last <= through) return;
    this.#placedThrough.set(sandbox, last);
    for (const { sequence, metadata } of events)
      if (sequence > through && metadata?.attachments)
        for (const file of metadata.attachments) await this.#placeFile(file, sandbox);
  }

  async #placeFile({ path, digest }: Attachment, sandbox: Sandbox): Promise<void> {
    const { sessionId, keptFiles, onMissing } = this.#dependencies;
    if (digest === undefined) return;
    const known = await sandbox.read(path, { length: 0 });
    if (known.ok || known.failure.code !== 'noSuchFile') return;
    const bytes = await keptFiles.load(sessionId, digest);
    if (!bytes) return onMissing(path, 'its bytes are gone');
    const written = await sandbox.write(path, bytes);
    if (!written.ok) onMissing(path, written.failure.code);
  }
}

/** What a model reads behind a message; the pictures themselves stand before it. */
export function describeAttachments(attachments: readonly Attachment[]): string {
  const files = attachments.map(({ path, size, image }) =>
    image
      ? `${path} (${image.mediaType}, ${image.width} × ${image.height} pixels, shown here)`
      : `${path} (${size} bytes)`,
  );
  return `[With this message came: ${files.join(', ')}.]`;
}
