// A frame without a mask (RFC 6455, section 5.1) ends its connection before anything of it is read.
import { once } from 'node:events';
import { test } from 'node:test';
import { leaveOut } from '../../sandbox/testing/left-out.ts';
import { TestClient } from '../testing/client.ts';
import { signTestToken, startTestEngine } from '../testing/engine.ts';
import { maskText, openRawSocket } from '../testing/raw-socket.ts';

const name = 'a frame without a mask ends its connection at once, and nobody else’s';

/** A short and a long text, a ping, a close, and the beginning of a frame that would be too long. */
const frames = [
  [0x81, 5, ...Buffer.from('hello')],
  [0x81, 126, 1, 0, ...Buffer.alloc(256, 'a')],
  [0x89, 4, 1, 2, 3, 4],
  [0x88, 4, 3, 0xe8, 0x6f, 0x6b],
  [0x81, 127, 0, 0, 0, 0, 1, 0, 0, 0],
].map((bytes) => Buffer.from(bytes));

if (process.arch !== 'x64') leaveOut(name, 'the addon is mended on x86-64 only');
else
  test(name, async (t) => {
    const engine = await startTestEngine();
    t.after(() => engine.close());
    const token = await signTestToken('ada');
    const witness = await TestClient.start(engine.ws, token, 'x');
    for (const query of ['', `?token=${token}`, `?token=${token}&session_id=${witness.sessionId}`])
      for (const frame of frames) {
        const socket = await openRawSocket(engine, query);
        const closed = once(socket, 'close');
        socket.resume();
        if (query !== '') socket.write(maskText('{"type":"ping"}'));
        for (const part of [frame.subarray(0, 3), frame.subarray(3)]) socket.write(part);
        await closed;
      }
    const { sequence } = await witness.waitForStatus('completed');
    witness.send({ type: 'message', content: 'still there' });
    await witness.waitForStatus('completed', sequence);
    await witness.close();
  });
