// Shows a model what isn't text, a picture or a document of the workspace: by the bytes of the file, whatever it is called.
import { shownPathOf } from '../../sandbox/workspace/workspace-path.ts';
import type { FileContent } from '../../schema/file.ts';
import { limits } from '../../schema/limits.ts';
import { imageTypeOf, readImage } from '../images/read-image.ts';
import { readWholeFile } from '../images/read-whole-file.ts';
import { isPdf, readDocument } from './read-document.ts';
import type { PageOptions } from './text/page.ts';
import { makeErrorObservation, type ToolEvent, type ToolRun } from './tool.ts';

/** As many bytes as tell what a file is. */
const beginningBytes = 16;

/** @returns undefined where the file is neither a picture nor a document, or isn't there */
export async function readUnlessText(path: string, page: PageOptions, run: ToolRun): Promise<ToolEvent | undefined> {
  const beginning = await run.sandbox.read(path, { length: beginningBytes });
  if (!beginning.ok) return undefined;
  const bytes = bytesOf(beginning.value);
  if (isPdf(bytes.toString('latin1'))) return readDocument(path, page, run);
  return imageTypeOf(bytes) ? readPicture(path, run) : undefined;
}

async function readPicture(path: string, { sandbox, keepImage }: ToolRun): Promise<ToolEvent | undefined> {
  const file = await readWholeFile(path, sandbox, limits.imageBytesMax);
  if (!file.ok) return makeErrorObservation(file.failure.detail);
  const image = readImage(file.value);
  if (!image) return undefined; // It has changed meanwhile.
  if (!image.ok) return makeErrorObservation(`${image.failure.detail} Make a smaller copy, or look at it with file.`);
  const kept = await keepImage?.(file.value);
  if (!kept?.ok) return makeErrorObservation(`The image can't be shown. ${kept?.failure.detail ?? ''}`.trim());
  const { mediaType, width, height, size } = image.value;
  return {
    eventType: 'FileReadObservation',
    content: `[The image ${shownPathOf(path)}: ${mediaType}, ${width} × ${height} pixels, ${size} bytes.]`,
    metadata: { path: shownPathOf(path), images: [{ digest: kept.value, ...image.value }] },
  };
}

const bytesOf = ({ content, encoding }: FileContent): Buffer => Buffer.from(content, encoding ?? 'utf8');
