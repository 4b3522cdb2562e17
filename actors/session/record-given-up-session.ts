// Records the end of a session that can't be activated any more, without making an actor of its rows.
import type { Failure } from '../../schema/error.ts';
import { Masking } from '../../schema/rules/masking.ts';
import type { Activation } from '../../schema/thread.ts';
import { Recorder, type RecorderDependencies } from './recorder.ts';

/** Its clients get the event, and their sockets close after it. */
export function recordGivenUpSession(
  { record, events }: Activation,
  { code, detail }: Failure,
  dependencies: Pick<RecorderDependencies, 'writeBuffer' | 'now'>,
): void {
  const masking = new Masking([]);
  const recorder = new Recorder({ ...dependencies, record, getMasking: () => masking }, events);
  const metadata = { code, retryable: false };
  recorder.recordEvent({ role: 'system', eventType: 'SessionError', content: detail, metadata, isLast: true });
  recorder.storeUpdate(false, 'failed');
}
