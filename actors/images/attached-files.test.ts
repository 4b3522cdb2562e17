// Files of messages are in the workspace when the model reads of them, and are told of with what they are.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MemorySandbox } from '../../sandbox/memory/memory-sandbox.ts';
import type { Attachment } from '../../schema/image.ts';
import { buildContext } from '../session/transcript.ts';
import { makePng } from '../testing/pictures.ts';
import { message, numberEvents, task } from '../testing/stored-events.ts';
import { createKeptFiles } from '../testing/test-session.ts';
import { AttachedFiles, attachmentsFolder } from './attached-files.ts';

const png = makePng(2, 2);
const path = `${attachmentsFolder}/a-shot.png`;

async function attach() {
  const keptFiles = createKeptFiles();
  const kept = await keptFiles.keep('s-1', png);
  assert.ok(kept.ok);
  const image = { digest: kept.value, mediaType: 'image/png', width: 2, height: 2, size: png.length } as const;
  const attachments: Attachment[] = [{ path, size: png.length, digest: kept.value, image }];
  const events = numberEvents(task(), { ...message('See'), metadata: { attachments } });
  const missing: string[] = [];
  const files = new AttachedFiles({ sessionId: 's-1', events, keptFiles, onMissing: (at) => missing.push(at) });
  return { files, events, attachments, missing };
}

test('a file is written once into each sandbox, and what the agent has made of it stays', async () => {
  const { files } = await attach();
  const sandbox = new MemorySandbox();
  await files.placeFiles(sandbox);
  assert.deepEqual(await sandbox.read(path), {
    ok: true,
    value: { content: png.toString('base64'), encoding: 'base64' },
  });
  await sandbox.write(path, 'mine');
  await files.placeFiles(sandbox);
  const { files: activatedAgain } = await attach();
  await activatedAgain.placeFiles(sandbox);
  assert.partialDeepStrictEqual(await sandbox.read(path), { value: { content: 'mine' } });
});

test('a file whose bytes are gone is told of once, and the rest is written', async () => {
  const { files, attachments, missing, events } = await attach();
  attachments.unshift({ path: `${attachmentsFolder}/gone`, size: 1, digest: 'gone' }, { path: 'named', size: 1 });
  const sandbox = new MemorySandbox();
  await files.placeFiles(sandbox);
  assert.deepEqual(missing, [`${attachmentsFolder}/gone`]);
  assert.ok((await sandbox.read(path)).ok);
  assert.equal(events.length, 2);
});

test('the model reads what came with a message, and sees the pictures', async () => {
  const { events, attachments } = await attach();
  attachments.push({ path: `${attachmentsFolder}/b-data.csv`, size: 12 });
  const entry = buildContext(events, '')[1];
  assert.deepEqual(entry, {
    kind: 'user',
    text:
      'See\n\n[With this message came: /workspace/.attachments/a-shot.png (image/png, 2 × 2 pixels, shown here), ' +
      '/workspace/.attachments/b-data.csv (12 bytes).]',
    images: [attachments[0]?.image],
  });
});
