// Sends messages and interrupts over REST: each is one command of its session, however often it is sent.
import { createId } from '../../actors/create-id.ts';
import type { NewAttachment } from '../../actors/images/read-attachments.ts';
import { saysSame } from '../../actors/session/same-command.ts';
import { decisionOf } from '../../actors/session/wait-events.ts';
import type { Choice } from '../../schema/choice.ts';
import { elsewhere, idReused, type Outcome, sessionEnded, succeeded } from '../../schema/error.ts';
import type { EventMetadata } from '../../schema/event.ts';
import { Masking } from '../../schema/rules/masking.ts';
import { secretTextsOf } from '../../schema/session.ts';
import type { AnswerCommand, Command, DecideCommand } from '../../schema/thread.ts';
import type { History } from '../database/history.ts';
import type { RecordedCommand } from '../database/queries/select-command.ts';
import type { Secrets } from '../secrets/secrets.ts';
import type { Principal } from './access.ts';
import { type Found, idsOf, type Present } from './find-session.ts';
import { otherReply } from './refusals.ts';
import type { Sessions } from './sessions.ts';

export type CommandsDependencies = {
  sessions: Pick<
    Sessions,
    'find' | 'ensureEntry' | 'sendCommand' | 'checkAvailability' | 'findAttachments' | 'attachments'
  >;
  history: Pick<History, 'findCommand' | 'wasWorkingAt'>;
  secrets: Pick<Secrets, 'loadSecrets'>;
  /** The engine's own keys, which are masked in every row. */
  keys: readonly string[];
  /** All secrets of the engine, which are masked in real agents' rows. */
  engineSecrets: readonly string[];
};

/** A command; `id` is the caller's, where the caller may send it again. */
type Asked = { id: string | undefined } & (
  | { type: 'message'; content: string; choice?: Choice; with?: With }
  | { type: 'interrupt' }
  | Omit<AnswerCommand, 'id'>
  | Omit<DecideCommand, 'id'>
);
/** What comes with a message: files that were sent, and paths of the workspace. */
type With = { files: readonly NewAttachment[]; paths: readonly string[] };
type Accepted = { sessionId: string; id: string; sequence: number };
type Addressed = { sessionId: string; id: string | undefined };

export class Commands {
  readonly #dependencies: CommandsDependencies;

  constructor(dependencies: CommandsDependencies) {
    this.#dependencies = dependencies;
  }

  /**
   * Resolves once the message is stored; a repeated one gets the same answer, after the session's end too.
   * @returns `idReused` where another command has its id
   */
  async sendMessage(
    principal: Principal,
    { sessionId, files, paths, ...asked }: Addressed & { content: string; choice: Choice } & With,
  ): Promise<Outcome<Accepted>> {
    const found = await this.#find(principal, sessionId);
    return found.ok ? this.#sendOnce(found.value, { type: 'message', ...asked, with: { files, paths } }) : found;
  }

  /** As `sendMessage`. @returns also whether there was a turn to end */
  async interrupt(
    principal: Principal,
    { sessionId, id }: Addressed,
  ): Promise<Outcome<Accepted & { wasWorking: boolean }>> {
    const found = await this.#find(principal, sessionId);
    if (!found.ok) return found;
    const accepted = await this.#sendOnce(found.value, { type: 'interrupt', id });
    if (!accepted.ok) return accepted;
    const { chatId } = idsOf(found.value);
    const wasWorking = await this.#dependencies.history.wasWorkingAt(chatId, accepted.value.sequence);
    return succeeded({ ...accepted.value, wasWorking });
  }

  /** As `sendMessage`, of what a person says to a call that waits. */
  async reply(
    principal: Principal,
    sessionId: string,
    said: Extract<Asked, { type: 'answer' | 'decide' }>,
  ): Promise<Outcome<Accepted>> {
    const found = await this.#find(principal, sessionId);
    return found.ok ? this.#sendOnce(found.value, said) : found;
  }

  async #find(principal: Principal, sessionId: string): Promise<Outcome<Found>> {
    const { sessions } = this.#dependencies;
    return sessions.checkAvailability() ?? sessions.find(principal, sessionId);
  }

  async #sendOnce(found: Found, asked: Asked): Promise<Outcome<Accepted>> {
    const { sessions } = this.#dependencies;
    const earlier = await this.#findStored(found, asked);
    if (earlier) return earlier;
    if (found.kind === 'elsewhere') return elsewhere;
    if (found.kind === 'ended') return sessionEnded;
    const { id = createId() } = asked;
    const command = await this.#attach(found, { ...asked, id });
    if (!command.ok) return command;
    const entry = sessions.ensureEntry(found);
    if (!entry.ok) return entry;
    const reply = await sessions.sendCommand(entry.value, command.value);
    if (!reply.ok) return reply;
    if (reply.value.kind !== 'done') return otherReply;
    // A request with the same id may have been stored meanwhile: its content decides whether this one repeats it.
    const meanwhile = reply.value.acknowledgement && (await this.#findStored(found, asked));
    return meanwhile || succeeded({ sessionId: entry.value.sessionId, id, sequence: reply.value.sequence });
  }

  /** Keeps what comes with a message, before it is sent. */
  async #attach(found: Present, asked: Asked & { id: string }): Promise<Outcome<Command>> {
    if (asked.type !== 'message') return succeeded(asked);
    const { with: sent = { files: [], paths: [] }, ...message } = asked;
    const { sessions } = this.#dependencies;
    const kept = await sessions.attachments.keep(idsOf(found).sessionId, sent.files);
    if (!kept.ok) return kept;
    const named = await sessions.findAttachments(found, sent.paths);
    if (!named.ok) return named;
    const attachments = [...kept.value, ...named.value];
    return succeeded({ ...message, ...(attachments.length > 0 && { attachments }) });
  }

  /** Finds the command among the rows, which hold every command, while an actor knows only recent ones. */
  async #findStored(found: Found, asked: Asked): Promise<Outcome<Accepted> | undefined> {
    const { id } = asked;
    if (id === undefined) return undefined;
    const { sessionId, chatId } = idsOf(found);
    const stored = await this.#dependencies.history.findCommand(chatId, id);
    if (!stored) return undefined;
    if (!(await this.#isRecordOf(stored, found, asked))) return idReused;
    return succeeded({ sessionId, id, sequence: stored.sequence });
  }

  /** Compares with the stored command, in which secrets are masked: this one's are masked first as they were then. */
  async #isRecordOf({ eventType, content, metadata }: RecordedCommand, found: Found, asked: Asked): Promise<boolean> {
    if (!recordedTypes[asked.type].includes(eventType ?? '')) return false;
    const stored = (JSON.parse(metadata ?? 'null') ?? {}) as EventMetadata;
    const [words, said] = [wordsOf(asked), eventType === 'InitialTask' ? stored : saidOf(asked)];
    if (content === words && saysSame(stored, said)) return true;
    const entry = found.kind === 'live' ? found.entry : undefined;
    const secrets = await this.#dependencies.secrets.loadSecrets(idsOf(found).sessionId, entry);
    const { keys, engineSecrets } = this.#dependencies;
    const known = [...secretTextsOf(secrets), ...keys];
    return [known, [...known, ...engineSecrets]].some((texts) => {
      const masking = new Masking(texts);
      return content === masking.maskText(words) && saysSame(stored, masking.maskValue(said));
    });
  }
}

const recordedTypes: Record<Asked['type'], readonly string[]> = {
  message: ['UserMessage', 'InitialTask'],
  interrupt: ['Interrupt'],
  answer: ['UserAnswer'],
  decide: ['ApprovalDecision'],
};

function wordsOf(asked: Asked): string {
  if (asked.type === 'interrupt') return '';
  return asked.type === 'decide' ? (asked.message?.trim() ?? '') : asked.content;
}

/** What it says beside its words, as its event holds it. */
function saidOf(asked: Asked): EventMetadata {
  if (asked.type === 'answer') return { toolCallId: asked.toolCallId };
  if (asked.type === 'decide') return decisionOf(asked, undefined).metadata ?? {};
  return asked.type === 'message' && asked.choice ? { choice: asked.choice } : {};
}
