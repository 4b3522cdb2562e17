// A session as a client follows it: over any number of connections, each event once and in order, each command once.
import { isShareToken } from '../../../schema/protocol/share-token.ts';
import { chooseDelayMs } from '../back-off.ts';
import { LucidError } from '../lucid-error.ts';
import { makeId } from '../make-id.ts';
import type { Settings } from '../options.ts';
import type { MessageOptions } from '../protocol.ts';
import type { TokenSource } from '../token-source.ts';
import { type Closing, readClosing } from './closing.ts';
import { Commands } from './commands.ts';
import { Connection, type ConnectionActions } from './connection.ts';
import type { Listener } from './emitter.ts';
import { findUpgradeProblem } from './find-upgrade-problem.ts';
import { type AttachedFrame, isLastEvent, type Position, type SessionEvent } from './frames.ts';
import { Readers, type SessionValues } from './readers.ts';
import type { Accepted, Decision } from './said.ts';
import { applyEvent, type SessionSnapshot, Store } from './state.ts';
import { StreamConnection } from './stream-connection.ts';
import { type Told, Track } from './track.ts';
import { listenForWaking } from './wake.ts';
import { webSocketUrlOf } from './web-socket-address.ts';

export type SessionDependencies = { settings: Settings; tokens: TokenSource };

/** Events may be read in two ways at once, and by several readers: each reads all of them. */
export class Session implements AsyncIterable<SessionEvent> {
  readonly id: string;
  /** A store for `useSyncExternalStore` and its like, and each field of its snapshot as it is now. */
  readonly state: Pick<Store<SessionSnapshot>, 'getSnapshot' | 'subscribe'> & SessionSnapshot;
  readonly #dependencies: SessionDependencies;
  readonly #url: string;
  readonly #store: Store<SessionSnapshot>;
  readonly #track: Track;
  readonly #readers: Readers;
  readonly #commands: Commands;
  readonly #stopListening: () => void;
  #connection: Connection | StreamConnection | undefined;
  #retryTimer: ReturnType<typeof setTimeout> | undefined;
  /** Events are left with the engine until there is room for them. */
  #isPaused = false;
  /** In a row. */
  #failures = 0;
  #tokenRefusals = 0;
  /** Followed by a stream, on which nothing can be said. */
  #isMute = false;
  #hasSeenEnd = false;
  /** Whether the connection that is made follows one that was lost. */
  #isBack = false;
  #endsUnseen = 0;

  constructor(dependencies: SessionDependencies, sessionId: string, position: Position = { epoch: 0, sequence: 0 }) {
    const { settings } = dependencies;
    this.id = sessionId;
    this.#dependencies = dependencies;
    this.#url = webSocketUrlOf(settings.baseUrl);
    const nothing = { status: null, queued: 0, usage: null, turnUsage: null, now: null, missed: null, problem: null };
    const state = Store.withFields<SessionSnapshot>({ connection: 'connecting', sessionId, ...position, ...nothing });
    this.#store = state;
    this.state = state;
    this.#track = new Track(position);
    this.#readers = new Readers(settings.bounds.bufferedEventsMax, () => this.#resume());
    this.#commands = new Commands(settings, {
      count: (queued) => {
        this.#show({ queued });
        this.#rest();
      },
      fail: (error) => this.#readers.tell('error', error),
    });
    this.#stopListening = listenForWaking(() => this.#wake());
    void this.#connect();
  }

  /** @returns what ends the listening */
  on<Name extends keyof SessionValues>(name: Name, listener: Listener<SessionValues[Name]>): () => void {
    return this.#readers.on(name, listener);
  }

  /** Ends with the session, or when this client leaves; throws where the engine doesn't want it. */
  [Symbol.asyncIterator](): AsyncIterableIterator<SessionEvent, undefined> {
    return this.#readers.iterate();
  }

  /** Resolves once the engine has stored it, whether events are read or not. Said while offline, it is sent once, later. */
  send(content: string, options: MessageOptions = {}): Promise<Accepted> {
    return this.#commands.say({ type: 'message', id: makeId(), content, ...options });
  }

  /** Answers a question of the agent, which is a call of its. */
  answer(toolCallId: string, content: string): Promise<Accepted> {
    return this.#commands.say({ type: 'answer', id: makeId(), toolCallId, content });
  }

  /** Decides about a call that wants an approval, or about a plan. */
  decide(decision: Decision): Promise<Accepted> {
    return this.#commands.say({ type: 'decide', id: makeId(), ...decision });
  }

  /** Ends the turn; the session goes on with the next message. */
  interrupt(): Promise<Accepted> {
    return this.#commands.say({ type: 'interrupt', id: makeId() });
  }

  /** Ends the session for good. */
  stop(): Promise<Accepted> {
    return this.#commands.say({ type: 'stop', id: makeId() });
  }

  /** Leaves the session to itself: it goes on at the engine, and what wasn't sent yet never will be. */
  detach(): void {
    this.#finish('detached', new LucidError('detached', 'This client has left the session.'));
  }

  // Connections.

  get #isOver(): boolean {
    const { connection } = this.#store.getSnapshot();
    return connection === 'ended' || connection === 'failed' || connection === 'detached';
  }

  async #connect(): Promise<void> {
    const { settings, tokens } = this.#dependencies;
    clearTimeout(this.#retryTimer);
    this.#show({ connection: 'connecting' });
    let token: string | undefined;
    try {
      token = await tokens.read();
    } catch (error) {
      return this.#comeBack(error as LucidError); // It throws nothing else.
    }
    if (this.#store.getSnapshot().connection !== 'connecting' || this.#connection) return; // It was left meanwhile.
    const { WebSocket, bounds } = settings;
    const attaching = { sessionId: this.id, token, position: this.#track.position };
    const actions = this.#actionsFor(token);
    const whyMute = token !== undefined && isShareToken(token) ? onlyWatched() : WebSocket ? undefined : noWebSocket();
    this.#isMute = whyMute !== undefined;
    if (whyMute) this.#commands.end(whyMute);
    this.#connection =
      WebSocket && !whyMute
        ? new Connection({ url: this.#url, WebSocket, bounds }, attaching, actions)
        : new StreamConnection(settings, attaching, actions);
  }

  #actionsFor(token: string | undefined): ConnectionActions {
    return {
      hear: (heard) => {
        if (heard.kind === 'attached') this.#attach(heard.frame);
        else if (heard.kind === 'event') this.#take(heard.event);
        else if (heard.kind === 'transient') {
          if (heard.frame.type === 'session_state') this.#show({ now: heard.frame.now });
          this.#readers.tell('transient', heard.frame);
        } else if (heard.frame.id !== undefined) this.#commands.refuse(heard.frame.id, heard.frame);
      },
      close: (closing) => this.#lose(closing, token),
    };
  }

  #attach({ recovered, sequence }: AttachedFrame): void {
    this.#failures = 0;
    this.#tokenRefusals = 0;
    const seen = this.#track.position.sequence;
    const missed = recovered && sequence > seen ? { fromSequence: seen + 1, toSequence: sequence } : null;
    this.#show({ connection: 'open', problem: null, ...(this.#isBack && { missed }) });
    this.#isBack = false;
    if (!this.#isPaused) this.#tell(this.#track.attach(recovered));
    this.#commands.connect((said) => this.#connection?.send(said));
  }

  #take(event: SessionEvent): void {
    this.#endsUnseen = 0;
    if (event.type === 'ack') this.#commands.acknowledge(event);
    if (this.#isPaused) {
      if (isLastEvent(event)) this.#commands.end(sessionEnded()); // It comes again when there is room.
      return;
    }
    this.#tell(this.#track.take(event));
    if (!this.#readers.areFull || this.#hasSeenEnd) return;
    this.#isPaused = true;
    this.#rest();
  }

  #tell(all: readonly Told[]): void {
    for (const told of all) {
      if (told.kind === 'gap') {
        if (told.gap.reason === 'notRecovered')
          this.#show({ epoch: 0, sequence: 0, status: null, usage: null, turnUsage: null });
        this.#readers.tell('gap', told.gap);
      } else {
        this.#hasSeenEnd ||= isLastEvent(told.event);
        this.#show(applyEvent(this.#store.getSnapshot(), told.event));
        this.#readers.deliver(told.event);
      }
    }
  }

  #lose(closing: Closing, token: string | undefined): void {
    this.#isBack ||= this.#store.getSnapshot().connection === 'open';
    this.#connection = undefined;
    this.#commands.disconnect();
    if (this.#hasSeenEnd) return this.#finish('ended', sessionEnded());
    const meaning = readClosing(closing, this.#url);
    if (meaning.kind === 'ended') {
      // Something on the way may close in order, too: whoever asks once more is told the end, or the same again.
      if (++this.#endsUnseen > 1) return this.#finish('ended', sessionEnded());
      return void this.#connect();
    }
    const { error } = meaning;
    if (meaning.kind === 'comeBack') {
      this.#comeBack(error);
      if (!this.#isMute && !closing.wasOpen && this.#failures === failuresBeforeLooking)
        void this.#findUpgradeProblem();
      return;
    }
    if (meaning.kind === 'giveUp' || !this.#dependencies.tokens.refuse(token)) return this.#finish('failed', error);
    this.#tokenRefusals++;
    if (this.#tokenRefusals === 1) return void this.#connect(); // As a rule it has expired, and that is all.
    if (this.#tokenRefusals > this.#dependencies.settings.bounds.tokenRefusalsMax) return this.#finish('failed', error);
    this.#comeBack(error);
  }

  #comeBack(error: LucidError): void {
    if (this.#isOver) return;
    const { bounds, random } = this.#dependencies.settings;
    const retryAfterMs = chooseDelayMs(bounds, ++this.#failures, random, error.retryAfterMs);
    const { code, message, cause } = error;
    this.#show({ connection: 'waiting', problem: { code, message } });
    this.#readers.tell('error', new LucidError(code, message, { retryable: true, retryAfterMs, cause }));
    if (!this.#isOver) this.#retryTimer = setTimeout(() => void this.#connect(), retryAfterMs);
  }

  async #findUpgradeProblem(): Promise<void> {
    const error = await findUpgradeProblem(this.#dependencies.settings, this.#url);
    if (!error || this.#failures < failuresBeforeLooking || this.#isOver) return;
    this.#show({ problem: { code: error.code, message: error.message } });
    this.#readers.tell('error', error);
  }

  /**
   * A socket can't be told to wait, so none is open while nobody takes events: the engine keeps them. What is said meanwhile
   * has one until it is acknowledged.
   */
  #rest(): void {
    if (!this.#isPaused || this.#isOver) return;
    const { connection, queued } = this.#store.getSnapshot();
    if (queued > 0) {
      if (connection === 'paused') void this.#connect();
      return;
    }
    clearTimeout(this.#retryTimer);
    this.#leave();
    this.#show({ connection: 'paused', problem: null });
  }

  #resume(): void {
    if (!this.#isPaused || this.#isOver || !this.#readers.haveRoom) return;
    this.#isPaused = false;
    if (this.#store.getSnapshot().connection === 'waiting') return;
    this.#leave(); // Events were passed over on it.
    void this.#connect();
  }

  #leave(): void {
    this.#connection?.leave();
    this.#connection = undefined;
    this.#commands.disconnect();
  }

  /** The network is back, or the page is seen again. */
  #wake(): void {
    const { connection } = this.#store.getSnapshot();
    if (connection === 'waiting') void this.#connect();
    else if (connection === 'open') this.#connection?.probe();
  }

  #finish(connection: 'ended' | 'failed' | 'detached', error: LucidError): void {
    if (this.#isOver) return;
    const isFailure = connection === 'failed';
    const { code, message } = error;
    this.#stopListening();
    clearTimeout(this.#retryTimer);
    this.#leave();
    this.#show({ connection, problem: isFailure ? { code, message } : null });
    this.#commands.end(error);
    if (isFailure) this.#readers.tell('error', error);
    this.#readers.end(isFailure ? error : undefined);
  }

  #show(changes: Partial<SessionSnapshot>): void {
    if (this.#store.change(changes)) this.#readers.tell('state', this.#store.getSnapshot());
  }
}

/** Once may be a restart. */
const failuresBeforeLooking = 2;

const onlyWatched = () => new LucidError('notAllowed', 'A share lets its session be watched, and nothing else.');
/** It can be watched without. */
export const noWebSocket = () =>
  new LucidError(
    'noWebSocket',
    'There is no WebSocket here: use Node 22 or later, or hand one in, as in createClient({ WebSocket }) with that of `ws`.',
  );
const sessionEnded = () => new LucidError('sessionEnded', 'The session has ended.');
