// The interface of a tool: how its call is recorded, what it does in the sandbox, and how that is recorded.
import type * as v from 'valibot';
import type { Sandbox } from '../../sandbox/sandbox.ts';
import type { Outcome } from '../../schema/error.ts';
import type { EventMetadata } from '../../schema/event.ts';
import type { Wait } from '../../schema/wait.ts';
import type { ToolPurpose } from '../models/model.ts';

/** The part of an event that a tool knows. */
export type ToolEvent = { eventType: string; content: string; metadata: EventMetadata };

/** A sub-agent's task; `mayChange`: whether it may do more than look. */
export type DelegatedTask = { task: string; mayChange: boolean };

export type ToolRun = {
  sandbox: Sandbox;
  /** The project's folder under the workspace, in which relative paths begin; the workspace's root where absent. */
  folder?: string;
  signal: AbortSignal;
  commandTimeoutMs: number;
  /** Keeps the bytes of a picture that the model is to see. @returns their digest */
  keepImage?: (bytes: Uint8Array) => Promise<Outcome<string>>;
  /** Has a sub-agent work; absent where there is none to be had. */
  delegate?: (task: DelegatedTask) => Promise<ToolEvent>;
  /** Takes what a command prints, while it runs. */
  onOutput?: (chunk: Buffer) => void;
};

/** What the engine has to know of a call. */
type ToolTraits = {
  /** Whether a call changes nothing at all, so that several can run at once. */
  isReadOnly: boolean;
  /** Whether a call can change the workspace; clients get a new tree after it. */
  changesFiles: boolean;
  /** Whether a call ends the turn. */
  endsTurn: boolean;
};

/** What a call asks a person, whose word is its result. */
export type Asked = Pick<Wait, 'text' | 'options'> & { kind: 'question' | 'plan' };

/** What a call of a tool does with its input. */
export type Act<Input> = ToolTraits & {
  /** Of a tool some of whose calls only read, though others don't. */
  readsOnly?(input: Input): boolean;
  /** The action event, stored before anything runs. */
  action(input: Input): ToolEvent;
  /** Absent for a tool that only says something. */
  run?(input: Input, run: ToolRun): Promise<ToolEvent>;
  /** Of a tool whose result comes from a person. */
  ask?(input: Input): Asked;
};

/** What a model is told of a tool, and what it does. */
export type Tool<Input = unknown> = Act<Input> & {
  name: string;
  /** For the model: when to use it, and what it returns. */
  description: string;
  /** What it takes. */
  input: v.GenericSchema<unknown, Input>;
  /** Makes the declared input of other forms that models write. */
  readInput?(input: unknown): unknown;
  /** Whether its `path` is one of the workspace, where a relative one begins in the project's folder. */
  takesPath?: true;
  /** A few calls that are right, one of each kind. */
  examples: readonly Record<string, unknown>[];
  /** What the system prompt names the tool for. */
  purposes?: readonly ToolPurpose[];
  /** Of a tool that is offered only where the session's policy lets somebody be asked, or wants a plan. */
  offeredFor?: Asked['kind'];
};

/** An act with its input, which was checked. */
export type ToolUse = ToolTraits & {
  action: ToolEvent;
  /** Absent where nothing runs. */
  run?: (run: ToolRun) => Promise<ToolEvent>;
  /** What a person is asked, whose word is the result. */
  asked?: Asked;
};

export function makeUse<Input>(act: Act<Input>, input: Input): ToolUse {
  const { changesFiles, endsTurn, run, ask } = act;
  const isReadOnly = act.readsOnly?.(input) ?? act.isReadOnly;
  const use = { action: act.action(input), isReadOnly, changesFiles, endsTurn, ...(ask && { asked: ask(input) }) };
  if (ask) return { ...use, run: async () => makeErrorObservation('Nobody was asked.') };
  return run ? { ...use, run: (toolRun) => run(input, toolRun) } : use;
}

/** A failure as the model and the client see it. */
export const makeErrorObservation = (content: string): ToolEvent => ({
  eventType: 'ErrorObservation',
  content,
  metadata: {},
});
