// A session's commands as events: recorded once each, found again by their id.
import type { Choice } from '../../schema/choice.ts';
import { idReused, type Outcome, sessionEnded, succeeded } from '../../schema/error.ts';
import type { EventMetadata, StoredEvent } from '../../schema/event.ts';
import type { Attachment } from '../../schema/image.ts';
import type { SessionSettings } from '../../schema/session.ts';
import type { Command } from '../../schema/thread.ts';
import type { Wait } from '../../schema/wait.ts';
import type { EventDraft, Recorder } from './recorder.ts';
import { decisionOf } from './wait-events.ts';

/** Recent command ids an actor remembers, to answer a repeated command with its first acknowledgement. */
const commandIdsMax = 750;

const eventTypeOf = {
  message: 'UserMessage',
  interrupt: 'Interrupt',
  stop: 'Stop',
  answer: 'UserAnswer',
  decide: 'ApprovalDecision',
} as const;

const attachmentsOf = (attachments: readonly Attachment[] = []): Pick<EventMetadata, 'attachments'> =>
  attachments.length === 0 ? {} : { attachments: [...attachments] };

const hasSome = (choice: Choice | undefined): choice is Choice => Object.keys(choice ?? {}).length > 0;

export class CommandRecord {
  readonly #recorder: Recorder;
  readonly #byId = new Map<string, StoredEvent>();

  constructor(recorder: Recorder) {
    this.#recorder = recorder;
    for (const event of recorder.events) if (event.commandId) this.#remember(event.commandId, event);
  }

  /**
   * Finds the event that recorded a command. An event that PostgreSQL refused records no command any more.
   * @returns `idReused` where another command has its id: a command that wasn't taken must not look as if it were
   */
  findCommand(command: Command, hasEnded: boolean): Outcome<StoredEvent | undefined> {
    const event = this.#byId.get(command.id);
    if (event?.commandId !== command.id) return hasEnded ? sessionEnded : succeeded(undefined);
    return this.#recorder.isRecordOf(event, this.#draftOf(command)) ? succeeded(event) : idReused;
  }

  /** @param wait what an answer or a decision ends */
  recordCommand(command: Command, wait?: Wait): StoredEvent {
    return this.#recordUnderId(this.#draftOf(command, wait), command.id);
  }

  #draftOf(command: Command, wait?: Wait): EventDraft {
    const eventType = eventTypeOf[command.type];
    if (command.type === 'message') {
      const { content, choice, attachments } = command;
      const metadata = { ...(hasSome(choice) && { choice }), ...attachmentsOf(attachments) };
      return { role: 'user', eventType, content, ...(Object.keys(metadata).length > 0 && { metadata }) };
    }
    if (command.type === 'answer')
      return { role: 'user', eventType, content: command.content, metadata: { toolCallId: command.toolCallId } };
    if (command.type === 'decide') return { role: 'user', eventType, ...decisionOf(command, wait) };
    return { role: 'system', eventType, content: '' };
  }

  /** The task that a session begins with is its first command. */
  recordTask({ task, attachments }: SessionSettings, commandId: string): StoredEvent {
    const metadata = attachments && attachmentsOf(attachments);
    const draft = { role: 'user', eventType: 'InitialTask', content: task } as const;
    return this.#recordUnderId({ ...draft, ...(metadata && { metadata }) }, commandId);
  }

  #recordUnderId(recording: EventDraft, commandId: string): StoredEvent {
    const event = this.#recorder.recordEvent({ ...recording, commandId });
    this.#remember(commandId, event);
    return event;
  }

  #remember(commandId: string, event: StoredEvent): void {
    this.#byId.set(commandId, event);
    if (this.#byId.size <= commandIdsMax) return;
    for (const oldest of this.#byId.keys()) {
      this.#byId.delete(oldest);
      return;
    }
  }
}
