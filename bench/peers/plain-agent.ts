// The mock agent of the plain implementation: the same events, in the same order, with the same contents as the engine's.
import { setTimeout as sleep } from 'node:timers/promises';
import { v7 as uuid } from 'uuid';
import { emissionOf, emittedThoughts } from '../../actors/models/emission.ts';
import { eventKindOf, type Role } from '../../schema/event.ts';

/** What is stored of an event, and the fields of its frame that are its own. */
export type AgentEvent = { role: Role; eventType: string; content: string; metadata: object | null; frame: object };

const hello = '# Written by the mock agent.\nprint("Hello from Lucid!")\n';
const file = '/workspace/project/hello.py';

export async function* eventsOf(task: string): AsyncGenerator<AgentEvent> {
  yield status('initializing', 'Preparing the workspace.');
  yield acknowledged(task);
  yield status('mock_mode', 'Running in mock mode: no model key is configured, so a script plays the agent.');
  const emission = emissionOf(task);
  if (!emission) yield* helloWorld(task);
  else
    for (let before = 0; before < emission.events; before += emission.atOnce) {
      if (emission.everyMs > 0) await sleep(emission.everyMs);
      for (const thought of emittedThoughts(emission, before)) yield thinking(thought);
    }
  yield action('AgentFinishAction', 'Done in mock mode.', 'finish', { message: 'Done in mock mode.' }, {});
  yield status('completed', 'The agent has completed its task.');
}

function* helloWorld(task: string): Generator<AgentEvent> {
  yield thinking(`Analyzing task: ${task}`);
  yield* ran('mkdir -p project', '');
  yield action('FileWriteAction', hello, 'write', { path: 'project/hello.py', content: hello }, { path: file });
  yield observation('FileWriteObservation', `Wrote ${hello.length} characters to ${file}.`, { path: file });
  yield* ran('python3 project/hello.py', 'Hello from Lucid!\n');
}

const thinking = (thought: string) => action('ThinkAction', thought, 'think', { thought }, { thought });

function* ran(command: string, output: string): Generator<AgentEvent> {
  yield action('CmdRunAction', command, 'shell', { command }, { command });
  yield observation('CmdOutputObservation', output, { command, exitCode: 0 });
}

const status = (name: string, content: string): AgentEvent => ({
  role: 'system',
  eventType: 'Status',
  content,
  metadata: { status: name },
  frame: { type: 'status', status: name, message: content },
});

const acknowledged = (task: string): AgentEvent => ({
  role: 'user',
  eventType: 'InitialTask',
  content: task,
  metadata: null,
  frame: { type: 'ack', id: uuid(), eventType: 'InitialTask', content: task },
});

const action = (eventType: string, content: string, name: string, input: object, fields: object): AgentEvent =>
  agentEvent(eventType, content, { ...fields, toolCall: { id: uuid(), name, input }, answerId: uuid() }, fields);

const observation = (eventType: string, content: string, fields: object): AgentEvent =>
  agentEvent(eventType, content, { ...fields, toolCallId: uuid(), answerId: uuid() }, fields);

const agentEvent = (eventType: string, content: string, metadata: object, fields: object): AgentEvent => ({
  role: 'assistant',
  eventType,
  content,
  metadata,
  frame: { type: 'agent_event', event: eventKindOf(eventType), eventType, content, ...fields },
});
