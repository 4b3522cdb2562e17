// What a session says of itself, as events: its statuses, how a turn ended, and why it can't go on.
import { errors, type Failure } from '../../schema/error.ts';
import type { EventMetadata, Status, TurnEnd, Usage } from '../../schema/event.ts';
import { makeErrorObservation } from '../tools/tool.ts';
import type { Recorder } from './recorder.ts';
import { linkToCall } from './run-calls.ts';
import {
  lostCallSentence,
  mockSentence,
  readySentence,
  unansweredSentence,
  unrunSentence,
} from './session-sentences.ts';
import { findUnansweredCalls, findUnansweredMessages } from './transcript.ts';
import { findPendingAnswer } from './waits.ts';

/**
 * How a turn ended. `readThrough`: the sequence of the last message of the user that it dealt with. `snapshot`: the name of the
 * last one of the workspace.
 */
export type Completion = { reason: TurnEnd; message: string; usage: Usage; readThrough: number; snapshot?: string };

export class Announcements {
  readonly #recorder: Recorder;

  constructor(recorder: Recorder) {
    this.#recorder = recorder;
  }

  /** Recorded once, however often the workspace is prepared. */
  recordInitializing(): void {
    if (!this.#recorder.events.some(({ metadata }) => metadata?.status === 'initializing'))
      this.#recordStatus('initializing', 'Preparing the workspace.');
  }

  /** @param warning what people must know of the workspace; empty for nothing */
  recordReady(isMock: boolean, warning: string): void {
    const sentence = isMock ? mockSentence : readySentence;
    this.#recordStatus(isMock ? 'mock_mode' : 'ready', `${sentence} ${warning}`.trim());
  }

  recordCompleted({ reason, message, ...more }: Completion): void {
    if (reason === 'failed')
      this.#recorder.recordEvent({ role: 'assistant', eventType: 'AgentErrorEvent', content: message });
    this.#recordStatus('completed', message, { reason, ...more, ...this.#listUnanswered(more.readThrough) });
  }

  recordStopping(): void {
    this.#recordStatus('stopping', 'Stopping the session.');
  }

  /** @param usage of the turn that was cut by it, if one was */
  recordStopped(usage?: Usage): void {
    const more = { ...this.#listUnanswered(), ...(usage && { usage }) };
    this.#recordStatus('stopped', 'The session has been stopped and its resources are cleaned up.', more, true);
  }

  recordFailed({ code, detail }: Failure): void {
    const metadata = { code, retryable: errors[code].retryable, ...this.#listUnanswered() };
    this.#recorder.recordEvent({ role: 'system', eventType: 'SessionError', content: detail, metadata, isLast: true });
  }

  /** Calls that have no answer, because the engine that ran them is gone or made a mistake. */
  recordLostCalls(why: string = lostCallSentence): void {
    const sentence = `${why} It may or may not have happened; check before you repeat it.`;
    for (const call of findUnansweredCalls(this.#recorder.events))
      this.#recorder.recordEvent({ role: 'assistant', ...linkToCall(call, makeErrorObservation(sentence)) });
  }

  /** Calls of a turn that ended while it waited for a person, or before it had gone on with all of them. */
  recordUnrunCalls(): void {
    const { calls = [] } = findPendingAnswer(this.#recorder.events) ?? {};
    for (const { call, wait } of calls) {
      const sentence = wait?.kind === 'question' ? unansweredSentence : unrunSentence;
      this.#recorder.recordEvent({ role: 'assistant', ...linkToCall(call, makeErrorObservation(sentence)) });
    }
  }

  #listUnanswered(through?: number): EventMetadata {
    const unanswered = findUnansweredMessages(this.#recorder.events, through);
    return unanswered.length === 0 ? {} : { unanswered };
  }

  #recordStatus(status: Status, content: string, more: EventMetadata = {}, isLast = false): void {
    const metadata = { status, ...more };
    this.#recorder.recordEvent({ role: 'system', eventType: 'Status', content, metadata, isLast });
  }
}
