// What a timeline consists of: each item stands for one event or several that belong together.
import type { SessionEvent, Usage } from '../../lucid.ts';

type AgentEvent = Extract<SessionEvent, { type: 'agent_event' }>;
type Ack = Extract<SessionEvent, { type: 'ack' }>;

/**
 * `asked`: it waits for a person. `cut`: its observation never came, since the turn was ended or the session went on elsewhere.
 */
export type CallState = 'running' | 'asked' | 'done' | 'failed' | 'cut';

/** A text as its frame has it; where it `isCut`, the chat has the whole of it under this sequence. */
export type Said = { text: string; sequence: number; isCut: boolean };

/** One call of a tool, and what came of it. */
type Call = { state: CallState; toolCallId?: string; result?: Said; durationMs?: number };

/** What was read, searched, found by its name or fetched; of a page `path` is the address. */
export type Look = Call & {
  sequence: number;
  at: string;
  what: 'read' | 'search' | 'find' | 'fetch';
  path: string;
  pattern?: string;
  lines?: NonNullable<AgentEvent['lines']>;
};

export type PlanItem = NonNullable<AgentEvent['plan']>[number];
export type Attachment = NonNullable<Ack['attachments']>[number];

/** What a person was asked. */
export type AskedWhat = 'question' | 'plan' | 'approval';
/** What came of it; `text` is what a person said with it. */
export type Reply = {
  is: 'answered' | 'allow' | 'allowForSession' | 'deny' | 'none';
  by: 'person' | 'policy';
  text: string;
};

export type TurnEnd = NonNullable<Extract<SessionEvent, { type: 'status' }>['reason']>;

type Content =
  | {
      kind: 'message';
      by: 'person' | 'agent';
      said: Said;
      role: 'task' | 'message' | 'result';
      attachments?: readonly Attachment[];
    }
  | { kind: 'thought'; said: Said }
  /** `background`: the one that it runs as; `acts`: what is done to one that runs there, in place of a command. */
  | ({
      kind: 'command';
      command: string;
      exitCode?: number;
      background?: string;
      acts?: 'type' | 'read' | 'end';
    } & Call)
  /** `written`: of a file that is written, the whole of it. */
  | ({ kind: 'change'; what: 'write' | 'edit'; path: string; written?: Said; diff?: string } & Call)
  | { kind: 'looks'; looks: readonly Look[] }
  /** `server`: the MCP server whose tool it is; `input` is what it was called with. */
  | ({ kind: 'call'; name: string; server?: string; input?: string } & Call)
  /** `nested`: what the sub-agent says and does. */
  | ({ kind: 'delegate'; task: Said; nested: readonly Item[] } & Call)
  | { kind: 'asked'; what: AskedWhat; said: Said; tool?: string; toolCallId?: string; state: CallState; reply?: Reply }
  | { kind: 'plan'; items: readonly PlanItem[] }
  /** What the engine found of the project, which the model reads. */
  | { kind: 'knowledge'; said: Said }
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
