// The load generator of resumes: makes a session with many events, and comes back to it again and again.
import { everythingSubprotocol } from '../../schema/protocol/additions.ts';
import { answerParent } from '../processes/parent.ts';
import { CountingSocket } from './counting-socket.ts';
import { readFrame } from './received-frame.ts';
import { SessionClient, signTokens, type Target } from './session-client.ts';

type RecordedSession = { sessionId: string; lastSequence: number };

const inFlight = 16;
const resumeWithinMs = 10_000;

let token = '';
let position: URLSearchParams | undefined;

/** @param events the least that the session has in the end, idle and without a client */
async function recordSession(target: Target, events: number): Promise<RecordedSession> {
  [token = ''] = await signTokens(target, 1);
  const client = new SessionClient(target, token);
  await client.completed;
  position = new URLSearchParams(client.position);
  const lastSequence = await growSession(target, events);
  await client.close();
  return { sessionId: position.get('session_id') ?? '', lastSequence };
}

/** Sends messages until there are enough events and the session is idle. @returns the last sequence */
async function growSession(target: Target, events: number): Promise<number> {
  const grown = Promise.withResolvers<number>();
  let unanswered = inFlight;
  const speaker = await CountingSocket.open({
    port: target.port,
    path: resumePathOf(Number(position?.get('last_sequence'))),
    protocol: everythingSubprotocol,
    onText: (text) => {
      const { type, sequence = 0, status } = readFrame(text);
      if (type === 'ack' && sequence < events) say();
      else if (type === 'ack') unanswered--;
      if (status === 'completed' && unanswered === 0) grown.resolve(sequence);
    },
    onClose: (code) => grown.reject(new Error(`The session was closed with ${code} while it grew.`)),
  });
  const say = () => speaker.send(JSON.stringify({ type: 'message', content: 'And more' }));
  for (let message = 0; message < inFlight; message++) say();
  const lastSequence = await grown.promise;
  await speaker.close();
  return lastSequence;
}

/**
 * Each resume connects with a position, and leaves once the last event is there.
 * @returns the time of each, from before the connection
 */
async function measureResumes(
  target: Target,
  after: number,
  { lastSequence }: RecordedSession,
  times: number,
): Promise<number[]> {
  const latenciesMs: number[] = [];
  for (let time = 0; time < times; time++) latenciesMs.push(await measureResume(target, after, lastSequence));
  return latenciesMs;
}

async function measureResume({ port }: Target, after: number, lastSequence: number): Promise<number> {
  const replayed = Promise.withResolvers<void>();
  const late = setTimeout(() => replayed.reject(new Error(`not replayed in ${resumeWithinMs} ms`)), resumeWithinMs);
  let last = after;
  const onText = (text: string) => {
    const { type, sequence } = readFrame(text);
    if (type === 'attached' || sequence === undefined) return;
    if (sequence !== ++last) replayed.reject(new Error(`Event ${sequence} came in the place of ${last}.`));
    if (sequence === lastSequence) replayed.resolve();
  };
  const startedAtMs = performance.now();
  const socket = await CountingSocket.open({
    port,
    path: resumePathOf(after),
    protocol: everythingSubprotocol,
    onText,
  });
  await replayed.promise.finally(() => clearTimeout(late));
  const latencyMs = performance.now() - startedAtMs;
  await socket.close();
  return latencyMs;
}

const resumePathOf = (after: number) =>
  `/api/v1/ws?token=${token}&session_id=${position?.get('session_id')}&epoch=${position?.get('epoch')}&last_sequence=${after}`;

const answers = { record: recordSession, resume: measureResumes };
export type ResumeAnswers = typeof answers;

answerParent(answers);
