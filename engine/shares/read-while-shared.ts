// A viewer's download, which ends in its middle once the share is gone: its reader may take minutes.
import type { Download } from '../../schema/protocol/route.ts';
import { CutDownload } from '../server/download.ts';
import type { Viewer } from '../sessions/access.ts';
import type { ViewerStream, ViewerStreams } from './viewer-streams.ts';

/** @throws CutDownload once the share was revoked or has expired */
export async function* readWhileShared(
  chunks: Download['chunks'],
  viewer: Viewer,
  streams: Pick<ViewerStreams, 'add'>,
): AsyncGenerator<string | Uint8Array> {
  const reading = { isClosed: false, why: '' };
  const stream: ViewerStream = {
    get isClosed() {
      return reading.isClosed;
    },
    refuse: ({ detail }) => Object.assign(reading, { isClosed: true, why: detail }),
    expect: () => undefined,
  };
  streams.add(viewer, stream);
  try {
    for await (const chunk of chunks) {
      if (reading.why !== '') throw new CutDownload(reading.why);
      yield chunk;
    }
  } finally {
    reading.isClosed = true;
  }
}
