// Random frames, as the first of a socket and after it: none finds a bug, and nobody else notices.
import fc from 'fast-check';
import { WebSocket } from 'ws';
import { signTestToken } from '../../../engine/testing/engine.ts';
import { everythingSubprotocol } from '../../../schema/protocol/additions.ts';
import { readFrame } from '../../generators/received-frame.ts';
import { Stage } from '../chaos-stage.ts';
import { type FaultOptions, type Finding, makeFault, violationUnless } from '../fault.ts';
import { writeFuzzedJson } from '../fuzzed-json.ts';

/** Frames of one socket; the first decides how the others are read. */
const framesOfSocket = 10;
const socketsAtOnce = 10;
/** How long the ping after the last frame waits: a session begins before it, which takes seconds on a busy machine. */
const answerWithinMs = 60_000;
const violationsShownMax = 10;
/** The code of a connection that ended without a close frame. */
const abnormalClose = 1006;

type Size = { frames: number };

export const fuzzedFrames = makeFault<Size>({
  whole: { frames: 5_000 },
  quick: { frames: 500 },
  title: ({ frames }) => `${frames.toLocaleString('en')} fuzzed frames`,
  reach: () => '0 internal errors, same process',
  run: runFuzzedFrames,
});

type SocketOutcome = { codes: string[]; close: number | undefined };

async function runFuzzedFrames({ frames }: Size, { random, progress }: FaultOptions): Promise<Finding> {
  const stage = await Stage.open();
  try {
    const url = `${stage.ws}?token=${await signTestToken('fuzz')}`;
    const sockets = frames / framesOfSocket;
    const due = fc.sample(conversation, { numRuns: sockets, seed: random.between(0, 2 ** 30) });
    const codes = new Map<string, number>();
    const violations: string[] = [];
    const talkSome = async () => {
      for (let said = due.pop(); said; said = due.pop()) {
        if (due.length % 100 === 0) progress(`${due.length} sockets left`);
        const heard = await talkOnSocket(url, said);
        for (const code of heard.codes) codes.set(code, (codes.get(code) ?? 0) + 1);
        const isBug = heard.codes.includes('internal') || heard.close === abnormalClose;
        if (isBug)
          violations.push(`${heard.codes.join(', ')}, ${heard.close} for ${JSON.stringify(said).slice(0, 500)}`);
      }
    };
    await Promise.all(Array.from({ length: socketsAtOnce }, talkSome));
    const health = await fetch(`${stage.http}/health`);
    const counts = [...codes].sort().map(([code, times]) => `${times} × ${code}`);
    return {
      measured: `${sockets * framesOfSocket} frames on ${sockets} sockets: ${counts.join(', ')}`,
      violations: [
        ...violations.slice(0, violationsShownMax),
        ...violationUnless(health.status === 200 && stage.isRunning, 'the engine ended'),
      ],
    };
  } finally {
    await stage.close();
  }
}

/** Sends all frames, and closes once the ping after them is answered. */
function talkOnSocket(url: string, frames: readonly (string | Buffer)[]): Promise<SocketOutcome> {
  const heard: SocketOutcome = { codes: [], close: undefined };
  return new Promise((resolve) => {
    const socket = new WebSocket(url, everythingSubprotocol, { perMessageDeflate: false });
    const late = setTimeout(() => socket.close(), answerWithinMs);
    socket.on('open', () => {
      for (const frame of frames) socket.send(frame, () => undefined);
      socket.send('{"type":"ping"}', () => undefined);
    });
    socket.on('message', (data) => {
      const frame = readFrame(String(data));
      if (frame.type === 'error') heard.codes.push(frame.code ?? '');
      if (frame.type === 'pong') socket.close();
    });
    socket.on('error', () => undefined); // The event `close` follows.
    socket.on('close', (code) => {
      clearTimeout(late);
      heard.close = code;
      resolve(heard);
    });
  });
}

const anything = fc.oneof(fc.string(), fc.integer(), fc.anything());

const typed = fc
  .record(
    { type: fc.constantFrom('message', 'interrupt', 'start'), id: anything, content: anything },
    { requiredKeys: ['type'] },
  )
  .map(writeFuzzedJson);

const message = fc
  .record({ type: fc.constant('message'), content: fc.string({ minLength: 1, maxLength: 3_000, unit: 'binary' }) })
  .map(writeFuzzedJson);

/** A frame that is no JSON object ends the connection, so these are few. */
const broken = fc.oneof(
  fc.jsonValue().map(writeFuzzedJson),
  fc.string({ maxLength: 500, unit: 'binary' }),
  fc.nat(300).map((depth) => `${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}`),
  fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes)),
  fc.constant(writeFuzzedJson({ type: 'stop' })),
);

const frame = fc.oneof(
  { weight: 7, arbitrary: typed },
  { weight: 3, arbitrary: message },
  { weight: 1, arbitrary: broken },
);

/** Most sockets have a session, so that the frames after the first are read as commands. */
const task = fc.string({ minLength: 1, maxLength: 50 }).map((text) => writeFuzzedJson({ task: `Fuzz ${text}` }));
const fuzzedFirst = fc
  .record(
    { task: anything, token: anything, session_id: anything, epoch: anything, last_sequence: anything },
    { requiredKeys: [] },
  )
  .map(writeFuzzedJson);
const first = fc.oneof(
  { weight: 3, arbitrary: task },
  { weight: 1, arbitrary: fuzzedFirst },
  { weight: 1, arbitrary: frame },
);

const conversation = fc
  .tuple(first, fc.array(frame, { minLength: framesOfSocket - 1, maxLength: framesOfSocket - 1 }))
  .map(([opening, others]) => [opening, ...others]);
