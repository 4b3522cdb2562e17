// HTTP in bytes, for tests of what no ordinary client would send.
import { once } from 'node:events';
import { connect } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';

export type RawAnswer = { status: number; head: string; body: string };

const waitMsMax = 30_000;

/** The request has a connection of its own. @throws where no answer comes in time */
export async function sendRawRequest(to: { host: string; port: number }, request: string | Buffer): Promise<RawAnswer> {
  const socket = connect({ ...to, noDelay: true });
  try {
    await once(socket, 'connect');
    socket.write(request);
    return await readFirstAnswer(socket, String(request).startsWith('HEAD '));
  } finally {
    socket.destroy();
  }
}

async function readFirstAnswer(socket: ReturnType<typeof connect>, isHead: boolean): Promise<RawAnswer> {
  let text = '';
  socket.setEncoding('utf8');
  const answered = (async () => {
    for await (const chunk of socket) {
      text += chunk;
      const answer = parseAnswer(text, isHead);
      if (answer) return answer;
    }
    throw new Error(`The connection ended with ${JSON.stringify(text)}.`);
  })();
  const late = delay(waitMsMax, undefined, { ref: false }).then(() => {
    throw new Error(`No answer in ${waitMsMax} ms, but ${JSON.stringify(text)}.`);
  });
  return Promise.race([answered, late]);
}

function parseAnswer(text: string, isHead: boolean): RawAnswer | undefined {
  const end = text.indexOf('\r\n\r\n');
  if (end < 0) return undefined;
  const [head, body] = [text.slice(0, end), text.slice(end + 4)];
  const length = isHead ? 0 : Number(/^content-length: (\d+)$/im.exec(head)?.[1] ?? 0);
  if (Buffer.byteLength(body) < length) return undefined;
  return { status: Number(head.split(' ')[1]), head, body };
}
