// The client of one turn: starts a session with a task, and notes when each step's events arrive, in a process of its own.
import { answerParent } from '../processes/parent.ts';
import type { ReceivedFrame } from './received-frame.ts';
import { SessionClient, signTokens, type Target } from './session-client.ts';

type TurnLoad = { target: Target; firstMessage: object };

export type TurnResult = {
  /** When each step's action and its observation arrived, by the clock of this process. */
  actionsAtMs: number[];
  observationsAtMs: number[];
  /** The observations' texts, as far as frames carry them. */
  observed: string[];
};

/** @returns once the turn is completed, the session stopped and its sandbox released */
async function runTurnLoad({ target, firstMessage }: TurnLoad): Promise<TurnResult> {
  const [token = ''] = await signTokens(target, 1);
  const result: TurnResult = { actionsAtMs: [], observationsAtMs: [], observed: [] };
  const onEvent = (frame: ReceivedFrame) => noteFrame(frame, performance.now(), result);
  const client = new SessionClient(target, token, { firstMessage, onEvent });
  await client.completed;
  await client.stop();
  return result;
}

function noteFrame({ eventType, content = '' }: ReceivedFrame, atMs: number, result: TurnResult): void {
  if (eventType === 'CmdRunAction') result.actionsAtMs.push(atMs);
  if (eventType !== 'CmdOutputObservation') return;
  result.observationsAtMs.push(atMs);
  result.observed.push(content);
}

const answers = { run: runTurnLoad };
export type TurnAnswers = typeof answers;

answerParent(answers);
