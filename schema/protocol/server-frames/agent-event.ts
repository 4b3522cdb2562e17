// The frame `agent_event`: one step of the agent, stored before it is sent.
import * as v from 'valibot';
import { BackgroundMark, ContextShare, LineRange, Usage } from '../../event.ts';
import { PlanItem } from '../../plan.ts';
import { position, timestamp, truncated } from '../answer-fields.ts';
import { declareServerFrame } from '../declare-frame.ts';
import { exampleSession } from '../examples.ts';
import { WaitingFor } from '../waiting-for.ts';

const eventKinds = ['action', 'observation', 'error', 'state'] as const;
export type EventKind = (typeof eventKinds)[number];

export const agentEvent = declareServerFrame({
  schema: v.object({
    type: v.literal('agent_event'),
    event: v.picklist(eventKinds),
    eventType: v.string(),
    content: v.string(),
    timestamp,
    ...position,
    /** On an action and on what came of it: the call of the model, the same on both. */
    toolCallId: v.optional(v.string()),
    /** On an event of a sub-agent: the call that it works for. */
    parentToolCallId: v.optional(v.string()),
    /** On a plan: its items, whole. */
    plan: v.optional(v.array(PlanItem)),
    command: v.optional(v.string()),
    exitCode: v.optional(v.pipe(v.number(), v.integer())),
    /** Of a command that runs in the background: its id. */
    background: v.optional(BackgroundMark),
    path: v.optional(v.string()),
    /** Which lines of the file at `path` the agent reads, where it asked for some. */
    lines: v.optional(LineRange),
    /** Which files a search is about, where the agent said so. */
    glob: v.optional(v.string()),
    /** On a call of a tool of an MCP server, and on what came of it: whose tool it is, and its name there. */
    mcp: v.optional(v.object({ server: v.string(), tool: v.string() })),
    /** Of a page that the agent fetches: its address. */
    url: v.optional(v.string()),
    thought: v.optional(v.string()),
    diff: v.optional(v.string()),
    /** On the first event of an answer: what its turn has used by then. */
    usage: v.optional(Usage),
    /** On the first event of an answer: how much of what the model can read it took, the answer included. */
    context: v.optional(ContextShare),
    /** On the first event of an answer: the model that gave it. */
    model: v.optional(v.string()),
    /** On an event by which the turn waits for a person. */
    waitingFor: v.optional(WaitingFor),
    truncated,
  }),
  summary: 'What the agent says or does (`action`), what came of it (`observation`), and what else happened.',
  referenceFields: ['type', 'event', 'eventType', 'content', 'timestamp', 'command', 'exitCode', 'path', 'thought'],
  examples: [
    {
      type: 'agent_event',
      event: 'observation',
      eventType: 'CmdOutputObservation',
      content: 'Hello from Lucid!\n',
      timestamp: exampleSession.createdAt,
      sessionId: exampleSession.sessionId,
      epoch: 1,
      sequence: 10,
      toolCallId: 'toolu_01A09q90qw90lq917835lq9',
      command: 'python hello.py',
      exitCode: 0,
    },
  ],
});
