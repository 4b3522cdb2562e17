// Follows a session for somebody at a terminal or for a script: tells it, takes what is typed, and knows when it is over.
import { eventTypesBesideTurns } from '../../../schema/event-types-beside-turns.ts';
import {
  type Lucid,
  LucidError,
  type Session,
  type SessionEvent,
  type SessionSnapshot,
  type TransientFrame,
  type WaitingFor,
} from '../../client/index.ts';
import { type ExitCode, exitCodeOf, exitCodes } from '../exit-codes.ts';
import type { Colors } from '../show/colors.ts';
import { escapeLine } from '../show/escape-text.ts';
import { durationText, spentText } from '../show/usage-text.ts';
import { replyHint, waitLines } from '../show/wait-lines.ts';
import { OpenWaits } from './open-waits.ts';
import { readReply } from './read-reply.ts';
import type { Story } from './story.ts';
import { Tally } from './tally.ts';

export type FollowOptions = {
  lucid: Lucid;
  session: Session;
  story: Story;
  /** Tells people of what is no part of the session. */
  note(sentence: string): void;
  /** Something of what `statusLine` and the story's tail say has changed. */
  refresh(): void;
  /** Whether it stays when the agent rests, since somebody may want to say something. */
  staysWhenIdle(reason: string): boolean;
  /** The sequence of the last event from before; up to there it is history. */
  historyThrough: number;
  /** Events up to here aren't told. */
  skipThrough: number;
  /** Whether somebody can reply to what the agent waits for. */
  canReply: boolean;
  /** Whether it stays when the agent waits for a reply that nobody can give here. */
  staysWhenAsked: boolean;
  print(lines: readonly string[]): void;
  colors: Colors;
  /** How long an engine that can't be reached is waited for. */
  patienceMs: number;
  /** What to do to come back. */
  comeBack: string;
  now(): number;
};

const tickMs = 1_000;
/** Of what is asked, in a line that says why the command ends. */
const askedCharsMax = 500;
const wantOf: Record<WaitingFor['kind'], string> = {
  question: 'an answer',
  approval: 'a decision',
  plan: 'a decision about its plan',
};

export class Follower {
  readonly #options: FollowOptions;
  readonly #tally = new Tally();
  readonly #waits = new OpenWaits();
  readonly #ended: Promise<ExitCode>;
  #resolve: (exitCode: ExitCode) => void = () => undefined;
  #isOver = false;
  #isWorking = false;
  #workingSinceMs = 0;
  #isInterrupting = false;
  /** Interrupts that the engine hasn't answered: a turn that has ended needs none. */
  #openInterrupts = 0;
  #hasRestedWithQueue = false;
  /** Messages since the last turn ended: it may not have read them. */
  #messages = 0;
  #lastReason = 'finished';
  #lastSequence = 0;
  #awaySinceMs: number | undefined;
  #hasToldAway = false;
  /** Whether the engine that has the session can't be reached from the one that answers here. */
  #isMoving = false;
  #timers: NodeJS.Timeout[] = [];

  constructor(options: FollowOptions) {
    this.#options = options;
    this.#ended = new Promise((resolve) => {
      this.#resolve = resolve;
    });
  }

  /** @returns the exit code, once nothing is left to follow */
  follow(): Promise<ExitCode> {
    const { session, story } = this.#options;
    session.on('event', (event) => this.#takeEvent(event));
    session.on('transient', (frame) => {
      this.#takeMoving(frame);
      if (this.#lastSequence >= this.#options.skipThrough) story.takeTransient(frame);
      this.#options.refresh();
    });
    session.on('gap', (gap) => {
      if (gap.reason === 'notRecovered') this.#tally.reset();
      this.#options.note(
        gap.reason === 'missing'
          ? `Events ${gap.fromSequence} to ${gap.toSequence} are missing: the engine has lost them.`
          : 'The engine does not know where this command stood: all events come again.',
      );
    });
    session.on('error', (error) => this.#takeError(error));
    session.on('state', (snapshot) => this.#takeState(snapshot));
    this.#takeState(session.state.getSnapshot());
    this.#timers.push(setInterval(() => this.#tick(), tickMs));
    if (this.#options.historyThrough === 0) this.#workingSinceMs = this.#options.now();
    return this.#ended;
  }

  get statusLine(): string {
    const { connection, queued } = this.#options.session.state.getSnapshot();
    const { now } = this.#options;
    const work = this.#isWorking ? `working ${durationText(now() - this.#workingSinceMs)}` : 'waiting for the agent';
    const parts = [
      this.#isInterrupting ? 'interrupting' : this.#isIdle ? 'idle' : this.#waits.current ? 'it waits for you' : work,
      spentText(this.#tally.total),
      queued > 0 ? `${queued} on the way` : '',
      connection === 'open' ? '' : `no connection: ${connection}`,
    ];
    return parts.filter((part) => part !== '').join(' · ');
  }

  /** Says something to the agent: it reads it in this turn, or begins another one with it. */
  say(text: string): void {
    if (text.trim() === '' || this.#isOver) return;
    if (this.#waits.current) return this.#reply(this.#waits.current, text);
    this.#messages++;
    this.#options.session.send(text).catch(() => undefined); // Told as an error of the session.
  }

  #reply(wait: WaitingFor, text: string): void {
    const { session, note, refresh } = this.#options;
    const reply = readReply(wait, text);
    if (reply.kind === 'unclear') return note(`That decides nothing. ${replyHint(wait)}.`);
    this.#waits.reply(wait);
    const accepted =
      reply.kind === 'answer' ? session.answer(wait.toolCallId, reply.content) : session.decide(reply.decision);
    accepted.catch(() => {
      this.#waits.reopen(wait); // Why is told as an error of the session.
      this.#considerWaits();
    });
    this.#considerWaits();
    refresh();
  }

  /** Says what the agent waits for, or ends where nobody can reply to it. */
  #considerWaits(): void {
    const { canReply, staysWhenAsked, note, print, colors, historyThrough } = this.#options;
    if (this.#isOver || this.#lastSequence < historyThrough) return;
    const asked = this.#waits.takeNew();
    if (!asked) return;
    if (canReply && !asked.isShown) print(waitLines(asked.wait, colors));
    if (canReply) return note(`It waits for you. ${replyHint(asked.wait)}.`);
    if (staysWhenAsked) return;
    note(`The agent waits for ${wantOf[asked.wait.kind]}: ${escapeLine(asked.wait.text).slice(0, askedCharsMax)}`);
    this.leave(exitCodes.waiting);
  }

  /** The first time it ends the turn, the second time it leaves. */
  interrupt(): void {
    if (!this.#isWorking || this.#isInterrupting) return this.leave(exitCodes.interrupted);
    this.#isInterrupting = true;
    this.#sendInterrupt();
    this.#options.note('Interrupting the turn. Ctrl-C again leaves the session to itself.');
    this.#options.refresh();
  }

  #sendInterrupt(): void {
    this.#openInterrupts++;
    const settle = () => {
      this.#openInterrupts--;
    };
    this.#options.session.interrupt().then(settle, settle); // A refusal is told as an error of the session.
  }

  /** What was said and may begin another turn. */
  get #queued(): number {
    return this.#options.session.state.getSnapshot().queued - this.#openInterrupts;
  }

  /** The session goes on without this command. */
  leave(exitCode: ExitCode): void {
    if (this.#isOver) return;
    this.#options.note(this.#options.comeBack);
    this.#end(exitCode);
  }

  get #isIdle(): boolean {
    return !this.#isWorking && this.#lastSequence > 0 && this.#messages === 0;
  }

  /** Any other frame says that the session is back. */
  #takeMoving(frame: SessionEvent | TransientFrame): void {
    const isMoving = frame.type === 'status' && frame.status === 'moving';
    if (isMoving) this.#options.note(frame.message);
    else if (this.#isMoving) this.#options.note('The session is back.');
    this.#isMoving = isMoving;
  }

  #takeEvent(event: SessionEvent): void {
    if (this.#isOver) return;
    this.#takeMoving(event);
    this.#lastSequence = event.sequence;
    this.#tally.take(event);
    const isShown = event.sequence > this.#options.skipThrough;
    if (isShown) this.#options.story.takeEvent(event);
    this.#waits.take(event, isShown);
    this.#considerWaits();
    if (this.#isOver) return;
    if (event.type === 'agent_event' && !eventTypesBesideTurns.has(event.eventType)) this.#beginWork();
    if (event.type === 'ack') this.#takeAck(event.eventType);
    const isCompleted = event.type === 'status' && event.status === 'completed';
    if (isCompleted) this.#endTurn(event.reason ?? 'finished');
    if (event.type === 'error') return this.#end(exitCodes.failed);
    if (event.type === 'status' && event.status === 'stopped') return this.#end(this.#exitCode);
    const { historyThrough } = this.#options;
    const isEnd = isCompleted && event.sequence >= historyThrough;
    if ((isEnd || event.sequence === historyThrough) && !this.#isWorking) void this.#considerEnd();
    this.#options.refresh();
  }

  #takeAck(eventType: string): void {
    if (eventType === 'UserMessage') this.#messages++;
    if (eventType === 'UserMessage' || eventType === 'InitialTask') this.#beginWork();
  }

  #beginWork(): void {
    if (!this.#isWorking) this.#workingSinceMs = this.#options.now();
    this.#isWorking = true;
  }

  #endTurn(reason: string): void {
    this.#isWorking = false;
    this.#isInterrupting = false;
    this.#lastReason = reason;
  }

  #takeState({ connection, problem, now }: SessionSnapshot): void {
    this.#waits.update(now?.waitingFor ?? []);
    this.#considerWaits();
    if (connection === 'open') {
      if (this.#hasToldAway) this.#options.note('The engine is back.');
      this.#awaySinceMs = undefined;
      this.#hasToldAway = false;
    } else this.#awaySinceMs ??= this.#options.now();
    if (connection === 'failed') {
      const error = new LucidError(problem?.code ?? 'internal', problem?.message ?? 'The session can’t be followed.');
      this.#options.note(error.message);
      return this.#end(exitCodeOf(error));
    }
    if (connection === 'ended') return this.#end(this.#exitCode);
    if (this.#hasRestedWithQueue && this.#queued <= 0 && !this.#isWorking) void this.#considerEnd();
    this.#options.refresh();
  }

  #takeError(error: LucidError): void {
    if (this.#isOver) return;
    const { connection } = this.#options.session.state.getSnapshot();
    if (connection === 'failed') return; // `#takeState` says so.
    if (connection !== 'waiting') return this.#options.note(error.message);
    this.#options.story.lose();
    this.#isMoving = false;
    if (!this.#hasToldAway) this.#options.note(`${error.message} It is tried again.`);
    this.#hasToldAway = true;
  }

  async #considerEnd(): Promise<void> {
    const { session, lucid, staysWhenIdle } = this.#options;
    this.#hasRestedWithQueue = this.#queued > 0;
    if (this.#hasRestedWithQueue) return;
    if (this.#messages > 0 && (await isAtWork(lucid, session.id))) return;
    if (this.#isOver || this.#isWorking || this.#queued > 0) return;
    this.#messages = 0;
    this.#options.refresh();
    if (!staysWhenIdle(this.#lastReason)) this.#end(this.#exitCode);
  }

  get #exitCode(): ExitCode {
    if (this.#lastReason === 'budget') return exitCodes.budgetSpent;
    if (this.#lastReason === 'interrupted') return exitCodes.interrupted;
    return this.#lastReason === 'finished' ? exitCodes.done : exitCodes.failed;
  }

  #tick(): void {
    const { now, patienceMs, note } = this.#options;
    if (this.#awaySinceMs !== undefined && now() - this.#awaySinceMs > patienceMs) {
      note(`The engine has been away for ${durationText(patienceMs)}. ${this.#options.comeBack}`);
      return this.#end(exitCodes.unreachable);
    }
    this.#options.refresh();
  }

  #end(exitCode: ExitCode): void {
    if (this.#isOver) return;
    this.#isOver = true;
    for (const timer of this.#timers) clearInterval(timer);
    this.#options.session.detach();
    this.#resolve(exitCode);
  }
}

/** Whether a message was left for another turn. An engine that can't be asked is asked again when it is back. */
async function isAtWork(lucid: Lucid, sessionId: string): Promise<boolean> {
  try {
    return (await lucid.sessions.read(sessionId)).state === 'working';
  } catch {
    return false; // The turn that was waited for has ended.
  }
}
