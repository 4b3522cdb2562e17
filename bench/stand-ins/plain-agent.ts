// The mock agent of the plain implementation: the same events, in the same order, with the same contents as the engine's.
import { setTimeout as sleep } from 'node:timers/promises';
import { v7 as uuid } from 'uuid';
import { parseEmission, writeThoughts } from '../../actors/models/emission.ts';
import type { Role } from '../../schema/event.ts';
import { eventKindOf } from '../../schema/protocol/events/agent-event-frame.ts';

/** What is stored of an event, and the fields of its frame that are its own. */
export type AgentEvent = { role: Role; eventType: string; content: string; metadata: object | null; frame: object };

const hello = '# Written by the mock agent.\nprint("Hello from Lucid!")\n';
const file = '/workspace/project/hello.py';

export async function* playTask(task: string): AsyncGenerator<AgentEvent> {
  yield makeStatus('initializing', 'Preparing the workspace.');
  yield makeAck(task);
  yield makeStatus('mock_mode', 'Running in mock mode: no model key is configured, so a script plays the agent.');
  const emission = parseEmission(task);
  if (!emission) yield* playHelloWorld(task);
  else
    for (let before = 0; before < emission.events; before += emission.atOnce) {
      if (emission.everyMs > 0) await sleep(emission.everyMs);
      for (const thought of writeThoughts(emission, before)) yield makeThought(thought);
    }
  yield makeAction('AgentFinishAction', 'Done in mock mode.', 'finish', { message: 'Done in mock mode.' }, {});
  yield makeStatus('completed', 'The agent has completed its task.');
}

function* playHelloWorld(task: string): Generator<AgentEvent> {
  yield makeThought(`Analyzing task: ${task}`);
  yield* playCommand('mkdir -p project', '');
  yield makeAction('FileWriteAction', hello, 'write', { path: 'project/hello.py', content: hello }, { path: file });
  yield makeObservation('FileWriteObservation', `Wrote ${hello.length} characters to ${file}.`, { path: file });
  yield* playCommand('python3 project/hello.py', 'Hello from Lucid!\n');
}

const makeThought = (thought: string) => makeAction('ThinkAction', thought, 'think', { thought }, { thought });

function* playCommand(command: string, output: string): Generator<AgentEvent> {
  yield makeAction('CmdRunAction', command, 'shell', { command }, { command });
  yield makeObservation('CmdOutputObservation', output, { command, exitCode: 0 });
}

const makeStatus = (name: string, content: string): AgentEvent => ({
  role: 'system',
  eventType: 'Status',
  content,
  metadata: { status: name },
  frame: { type: 'status', status: name, message: content },
});

const makeAck = (task: string): AgentEvent => ({
  role: 'user',
  eventType: 'InitialTask',
  content: task,
  metadata: null,
  frame: { type: 'ack', id: uuid(), eventType: 'InitialTask', content: task },
});

const makeAction = (eventType: string, content: string, name: string, input: object, fields: object): AgentEvent =>
  makeAgentEvent(eventType, content, { ...fields, toolCall: { id: uuid(), name, input }, answerId: uuid() }, fields);

const makeObservation = (eventType: string, content: string, fields: object): AgentEvent =>
  makeAgentEvent(eventType, content, { ...fields, toolCallId: uuid(), answerId: uuid() }, fields);

const makeAgentEvent = (eventType: string, content: string, metadata: object, fields: object): AgentEvent => ({
  role: 'assistant',
  eventType,
  content,
  metadata,
  frame: { type: 'agent_event', event: eventKindOf(eventType), eventType, content, ...fields },
});
