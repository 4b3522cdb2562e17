// What a timeline consists of: each item stands for one event or several that belong together.
import type { SessionEvent, Usage } from '../../lucid.ts';

/** `cut`: its observation never came, since the turn was ended or the session went on elsewhere. */
export type CallState = 'running' | 'done' | 'failed' | 'cut';

/** A text as its frame has it; where it `isCut`, the chat has the whole of it under this sequence. */
export type Said = { text: string; sequence: number; isCut: boolean };

/** One call of a tool, and what came of it. */
type Call = { state: CallState; result?: Said; durationMs?: number };

/** A file or folder that was read, or a search in one. */
export type Look = Call & { sequence: number; at: string; what: 'read' | 'search'; path: string; pattern?: string };

export type TurnEnd = NonNullable<Extract<SessionEvent, { type: 'status' }>['reason']>;

type Content =
  | { kind: 'message'; by: 'person' | 'agent'; said: Said; role: 'task' | 'message' | 'result' }
  | { kind: 'thought'; said: Said }
  | ({ kind: 'command'; command: string; exitCode?: number } & Call)
  /** `written`: of a file that is written, the whole of it. */
  | ({ kind: 'change'; what: 'write' | 'edit'; path: string; written?: Said; diff?: string } & Call)
  | { kind: 'looks'; looks: readonly Look[] }
  | ({ kind: 'call'; name: string } & Call)
  /** `bytes`: how large it is, where the text says so. */
  | { kind: 'personFile'; path: string; text: string; bytes?: number }
  | { kind: 'notice'; text: string }
  | { kind: 'summary'; said: Said }
  | { kind: 'failure'; text: string; code?: string | undefined; isEnd: boolean }
  /** `asks`: what it is asked to end, which the end itself then tells in its place. */
  | { kind: 'line'; text: string; asks?: 'interrupt' | 'stop' }
  /** `isTold`: whether the failure right before it has the same text. */
  | {
      kind: 'turnEnd';
      reason: TurnEnd | undefined;
      text: string;
      isTold?: boolean;
      /** Whether it ended with its session, which was stopped. */
      isStop?: boolean;
      usage: Usage | undefined;
      unanswered: number;
    }
  | { kind: 'gap'; from: number; to: number; isEarlier: boolean };

/** `key` is the sequence of its first event, `through` of its last; they grow from item to item. */
export type Item = Content & { key: number; through: number; at: string; sessionId: string };
export type ItemKind = Item['kind'];
export type ItemOf<Kind extends ItemKind> = Extract<Item, { kind: Kind }>;

type DraftOf<Each> = Each extends unknown ? Omit<Each, 'key' | 'through' | 'at' | 'sessionId'> : never;
export type ItemDraft = DraftOf<Item>;
