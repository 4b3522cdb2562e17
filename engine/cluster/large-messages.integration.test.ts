// Files that are larger than a post of the bus: they are uploaded and read at any engine, as at their session's owner.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { limits } from '../../schema/limits.ts';
import { TestCluster } from '../testing/cluster.ts';
import { backEndHeadersOf } from '../testing/engine.ts';
import { natsTest } from '../testing/nats.ts';
import { callAs } from '../testing/rest.ts';

natsTest('a large file is uploaded and read through any engine, byte by byte', async (t) => {
  const cluster = await TestCluster.start(t);
  const [a, b] = [await cluster.addEngine(), await cluster.addEngine()];
  const owner = await cluster.startAt(a, 'Emit 1 event');
  await owner.waitForStatus('completed');
  const query = (name: string) => `session_id=${owner.sessionId}&path=${name}`;
  const upload = async (name: string, body: Uint8Array<ArrayBuffer>) => {
    const init = { method: 'POST', headers: backEndHeadersOf('ada'), body };
    const answer = await fetch(`${b.http}/api/v1/files/upload?${query(name)}`, init);
    return { status: answer.status, body: (await answer.json()) as { code?: string; size?: number } };
  };
  const content = new Uint8Array(randomBytes(limits.fileBytesMax));
  const uploaded = await upload('image.png', content);
  assert.deepEqual([uploaded.status, uploaded.body.size], [200, content.length]);
  const read = await callAs<{ content: string }>(b, 'ada', 'GET', `/api/v1/files/read?${query('image.png')}`);
  assert.ok(Buffer.from(read.body.content, 'base64').equals(content));
  const largest = await upload('archive.zip', new Uint8Array(limits.uploadBytesMax));
  assert.equal(largest.body.code, 'fileTooLarge', 'its owner has got it, whose event would keep it in mock mode');
});
