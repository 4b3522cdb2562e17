// What a session says of itself, as events: its statuses, how a turn ended, and why it can't go on.
import { errors, type Failure } from '../../schema/error.ts';
import type { EventMetadata, Status, TurnEnd, Usage } from '../../schema/event.ts';
import { makeErrorObservation } from '../tools/tool.ts';
import { answerTo } from './calls.ts';
import type { Recorder } from './recorder.ts';
import { mockSentence, readySentence } from './sentences.ts';
import { unansweredCalls, unansweredMessages } from './transcript.ts';

/** How a turn ended. `readThrough`: the sequence of the last message of the user that it dealt with. */
export type Completion = { reason: TurnEnd; message: string; usage: Usage; readThrough: number };

export class Announcements {
  readonly #recorder: Recorder;

  constructor(recorder: Recorder) {
    this.#recorder = recorder;
  }

  /** Once in a session's life, however often its workspace is prepared. */
  initializing(): void {
    if (!this.#recorder.events.some(({ metadata }) => metadata?.status === 'initializing'))
      this.#tell('initializing', 'Preparing the workspace.');
  }

  /** @param warning what people must know of the workspace; empty for nothing */
  ready(isMock: boolean, warning: string): void {
    const sentence = isMock ? mockSentence : readySentence;
    this.#tell(isMock ? 'mock_mode' : 'ready', `${sentence} ${warning}`.trim());
  }

  completed({ reason, message, usage, readThrough }: Completion): void {
    if (reason === 'failed')
      this.#recorder.record({ role: 'assistant', eventType: 'AgentErrorEvent', content: message });
    this.#tell('completed', message, { reason, readThrough, usage, ...this.#unanswered(readThrough) });
  }

  stopping(): void {
    this.#tell('stopping', 'Stopping the session.');
  }

  stopped(): void {
    this.#tell('stopped', 'The session has been stopped and its resources are cleaned up.', this.#unanswered(), true);
  }

  failed({ code, detail }: Failure): void {
    const metadata = { code, retryable: errors[code].retryable, ...this.#unanswered() };
    this.#recorder.record({ role: 'system', eventType: 'SessionError', content: detail, metadata, isLast: true });
  }

  /** A call that was stored and has no observation may or may not have happened. */
  lostCalls(why: string): void {
    const sentence = `${why} It may or may not have happened; check before you repeat it.`;
    for (const call of unansweredCalls(this.#recorder.events))
      this.#recorder.record({ role: 'assistant', ...answerTo(call, makeErrorObservation(sentence)) });
  }

  /** Which messages nobody will answer any more. */
  #unanswered(through?: number): EventMetadata {
    const unanswered = unansweredMessages(this.#recorder.events, through);
    return unanswered.length === 0 ? {} : { unanswered };
  }

  #tell(status: Status, content: string, more: EventMetadata = {}, isLast = false): void {
    const metadata = { status, ...more };
    this.#recorder.record({ role: 'system', eventType: 'Status', content, metadata, isLast });
  }
}
