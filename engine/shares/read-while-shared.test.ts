// A download by a share: whole while the share holds, cut once it is gone.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { failed } from '../../schema/error.ts';
import { CutDownload } from '../server/download.ts';
import { readWhileShared } from './read-while-shared.ts';
import type { ViewerStream } from './viewer-streams.ts';

const viewer = { shareId: 's', sessionId: 'a', mayReadWorkspace: true, expiresAtMs: 0 };

async function* count(): AsyncGenerator<string> {
  for (let at = 1; at <= 5; at++) yield String(at);
}

/** @returns what came, and what it counted as among the share's streams */
async function read(revokeAfter: number): Promise<{ got: string[]; stream: ViewerStream | undefined; error: unknown }> {
  const got: string[] = [];
  let stream: ViewerStream | undefined;
  try {
    const streams = {
      add: (_: unknown, added: ViewerStream) => {
        stream = added;
      },
    };
    for await (const chunk of readWhileShared(count(), viewer, streams)) {
      got.push(String(chunk));
      if (got.length === revokeAfter) stream?.refuse(failed('notAuthenticated', 'The share was revoked.').failure);
    }
    return { got, stream, error: undefined };
  } catch (error) {
    return { got, stream, error };
  }
}

test('a download comes whole while its share holds, and is not counted afterwards', async () => {
  const { got, stream, error } = await read(Number.POSITIVE_INFINITY);
  assert.deepEqual([got, stream?.isClosed, error], [['1', '2', '3', '4', '5'], true, undefined]);
});

test('a download is cut once its share is gone', async () => {
  const { got, stream, error } = await read(2);
  assert.deepEqual([got, stream?.isClosed], [['1', '2'], true]);
  assert.ok(error instanceof CutDownload && error.message === 'The share was revoked.');
});
