// The ways in which a session leaves its host: the state that is stored, the fate of its sandbox, and what the main thread
// hears. The host and the session act by this table, and `actors/endings.test.ts` tries each way.

/** The fate of the sandbox. `close`: it is removed with its files. `release`: it is kept for the next activation.
 * `abandon`: it is left alone, since another owner has it. `leave`: this host has never opened it. */
type SandboxFate = 'close' | 'release' | 'abandon' | 'leave';

export type Ending = {
  /** The state that the record gets; null where it keeps its state, or this host may not write it any more. */
  state: 'stopped' | 'failed' | null;
  sandbox: SandboxFate;
  /**
   * What the main thread hears. `lastEvent`: a committed event, after which it closes the session's sockets.
   * `passivated`: the session leaves the directory where nobody follows it. `lost`: its clients are refused with the failure.
   */
  mainThreadHears: 'lastEvent' | 'passivated' | 'lost';
};

export const endings = {
  /** The user stopped the session. */
  stopped: { state: 'stopped', sandbox: 'close', mainThreadHears: 'lastEvent' },
  /** The workspace could not be opened. */
  failed: { state: 'failed', sandbox: 'close', mainThreadHears: 'lastEvent' },
  /** The session was at work whenever its host died, so it is not activated again. */
  givenUp: { state: 'failed', sandbox: 'leave', mainThreadHears: 'lastEvent' },
  /** The session was idle for a while, or the engine ends. */
  passivated: { state: null, sandbox: 'release', mainThreadHears: 'passivated' },
  /** Another owner has claimed the session, and this one's write was fenced. */
  fenced: { state: null, sandbox: 'abandon', mainThreadHears: 'lost' },
  /** The session's chat was deleted. */
  deleted: { state: null, sandbox: 'close', mainThreadHears: 'lost' },
  /** PostgreSQL refused an event, and also the event in its place that says so. */
  unstorable: { state: null, sandbox: 'abandon', mainThreadHears: 'lost' },
  /** PostgreSQL refused the session itself, as the reply to its creation says. */
  neverStored: { state: null, sandbox: 'abandon', mainThreadHears: 'passivated' },
  /** The session could not be claimed: its chat is gone, another engine has it, or its rows can't be read. */
  notActivated: { state: null, sandbox: 'leave', mainThreadHears: 'lost' },
} as const satisfies Record<string, Ending>;

export type EndingName = keyof typeof endings;

/** The endings after which an actor must neither write nor act any more. */
export type CutOffName = 'fenced' | 'deleted' | 'unstorable' | 'neverStored';
