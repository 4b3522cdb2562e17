// The ways in which a session leaves the host that has it: what is stored of it, what becomes of its sandbox, who hears what.
// The host and the session act by this table; `actors/endings.test.ts` brings each way about and holds it to the table.

/** What becomes of the sandbox. `close`: it goes with all that is in it. `release`: it stays for the next activation.
 * `abandon`: it is another owner's, and nothing is done in it. `leave`: this host has never opened it. */
type SandboxFate = 'close' | 'release' | 'abandon' | 'leave';

export type Ending = {
  /** The state that its record gets; null where it keeps the one that it has, or isn't this host's to write any more. */
  state: 'stopped' | 'failed' | null;
  sandbox: SandboxFate;
  /**
   * What the main thread hears. `lastEvent`: a committed event that says so and after which it closes the session's sockets.
   * `passivated`: the session leaves the directory where nobody follows it. `lost`: its clients are refused with the failure.
   */
  mainThreadHears: 'lastEvent' | 'passivated' | 'lost';
};

export const endings = {
  /** Its user stopped it. */
  stopped: { state: 'stopped', sandbox: 'close', mainThreadHears: 'lastEvent' },
  /** Its workspace could not be made ready. */
  failed: { state: 'failed', sandbox: 'close', mainThreadHears: 'lastEvent' },
  /** It was at work whenever its host died, so it is not activated again. */
  givenUp: { state: 'failed', sandbox: 'leave', mainThreadHears: 'lastEvent' },
  /** Nobody needed it for a while, or the engine ends. */
  passivated: { state: null, sandbox: 'release', mainThreadHears: 'passivated' },
  /** Another owner has claimed it: what this one wrote was fenced. */
  fenced: { state: null, sandbox: 'abandon', mainThreadHears: 'lost' },
  /** Its chat was deleted. */
  deleted: { state: null, sandbox: 'close', mainThreadHears: 'lost' },
  /** PostgreSQL refused one of its events, and what should stand in the event's place. */
  unstorable: { state: null, sandbox: 'abandon', mainThreadHears: 'lost' },
  /** PostgreSQL refused the session itself; whoever asked for it hears so in the reply. */
  neverStored: { state: null, sandbox: 'abandon', mainThreadHears: 'passivated' },
  /** It could not be claimed: its chat is gone, another engine has it, or its rows can't be read. */
  notActivated: { state: null, sandbox: 'leave', mainThreadHears: 'lost' },
} as const satisfies Record<string, Ending>;

export type EndingName = keyof typeof endings;

/** The endings that come upon an actor from outside: it must not write again, and not act. */
export type CutOffName = 'fenced' | 'deleted' | 'unstorable' | 'neverStored';
