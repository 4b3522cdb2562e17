// A session's commands as events: recorded once each, found again by their id.
import type { StoredEvent } from '../../schema/event.ts';
import { limits } from '../../schema/limits.ts';
import type { Command } from '../../schema/thread.ts';
import type { Recorder, Recording } from './recorder.ts';

const eventTypeOf = { message: 'UserMessage', interrupt: 'Interrupt', stop: 'Stop' } as const;

export class CommandRecord {
  readonly #recorder: Recorder;
  /** The recent ones, so that a repeated command gets its first acknowledgement. */
  readonly #byId = new Map<string, StoredEvent>();

  constructor(recorder: Recorder) {
    this.#recorder = recorder;
    for (const event of recorder.events) if (event.commandId) this.#remember(event.commandId, event);
  }

  /** The event that recorded a command, if it came before. One that storage replaced records nothing any more. */
  of(commandId: string): StoredEvent | undefined {
    const event = this.#byId.get(commandId);
    return event?.commandId === commandId ? event : undefined;
  }

  record(command: Command): StoredEvent {
    const eventType = eventTypeOf[command.type];
    if (command.type === 'message')
      return this.#record({ role: 'user', eventType, content: command.content }, command.id);
    return this.#record({ role: 'system', eventType, content: '' }, command.id);
  }

  /** The task that a session begins with is its first command. */
  recordTask(task: string, commandId: string): StoredEvent {
    return this.#record({ role: 'user', eventType: 'InitialTask', content: task }, commandId);
  }

  #record(recording: Recording, commandId: string): StoredEvent {
    const event = this.#recorder.record({ ...recording, commandId });
    this.#remember(commandId, event);
    return event;
  }

  #remember(commandId: string, event: StoredEvent): void {
    this.#byId.set(commandId, event);
    if (this.#byId.size <= limits.commandIdsMax) return;
    for (const oldest of this.#byId.keys()) {
      this.#byId.delete(oldest);
      return;
    }
  }
}
