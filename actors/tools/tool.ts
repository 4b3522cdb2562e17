// The contract of a tool: how its call is recorded, what it does in the sandbox, and how that is recorded.
import type * as v from 'valibot';
import type { Sandbox } from '../../sandbox/sandbox.ts';
import type { EventMetadata } from '../../schema/event.ts';

/** The part of an event that a tool knows. */
export type Recorded = { eventType: string; content: string; metadata: EventMetadata };

export type ToolRun = { sandbox: Sandbox; signal: AbortSignal; commandTimeoutMs: number };

export type Tool<Input = unknown> = {
  name: string;
  input: v.GenericSchema<unknown, Input>;
  /** Whether a call can change the workspace; clients get a new tree after it. */
  changesFiles: boolean;
  /** Whether a call ends the turn. */
  endsTurn: boolean;
  /** The action event, stored before anything runs. */
  action(input: Input): Recorded;
  /** Absent for a tool that only says something. */
  run?(input: Input, run: ToolRun): Promise<Recorded>;
};

/** A failure as the model and the client see it. */
export const errorObservation = (content: string): Recorded => ({
  eventType: 'ErrorObservation',
  content,
  metadata: {},
});
