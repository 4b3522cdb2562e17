// Events for tests: as many as are asked for, of all kinds that a session has.
import type { SessionEvent } from '../../lucid.ts';

const sessionId = 'session-of-tests';
const startMs = Date.parse('2026-11-29T10:00:00Z');

/** Writes events in order, a second apart. */
export class EventWriter {
  readonly events: SessionEvent[] = [];
  #sequence: number;

  constructor(first = 1) {
    this.#sequence = first - 1;
  }

  say(eventType: 'InitialTask' | 'UserMessage', content: string, more: object = {}): this {
    return this.#add({ type: 'ack', id: null, eventType, content, ...more });
  }

  /** @param id null where the policy replies in place of a person */
  reply(
    eventType: 'UserAnswer' | 'ApprovalDecision',
    toolCallId: string,
    content: string,
    decision?: string,
    id: string | null = 'm',
  ): this {
    return this.#add({ type: 'ack', id, eventType, content, toolCallId, ...(decision && { decision }) });
  }

  add(eventType: string, content: string, more: object = {}): this {
    const kind = eventType.endsWith('Action') ? 'action' : 'observation';
    return this.#add({ type: 'agent_event', event: kind, eventType, content, ...more });
  }

  run(command: string, output: string, exitCode = 0): this {
    return this.add('CmdRunAction', command, { command }).add('CmdOutputObservation', output, { command, exitCode });
  }

  complete(): this {
    return this.#add({ type: 'status', status: 'completed', reason: 'finished', message: 'Done.' });
  }

  #add(frame: object): this {
    const sequence = ++this.#sequence;
    const timestamp = new Date(startMs + sequence * 1_000).toISOString().replace('Z', '+00:00');
    this.events.push({ ...frame, sessionId, epoch: 1, sequence, timestamp } as SessionEvent);
    return this;
  }
}

/** Work of an agent that goes on and on: what one says, runs, edits and reads, of different heights. */
export function writeLongSession(count: number, first = 1): SessionEvent[] {
  const writer = new EventWriter(first);
  for (let step = first; writer.events.length < count; step++) writeStep(writer, step);
  return writer.events.slice(0, count);
}

function writeStep(writer: EventWriter, step: number): void {
  const lines = (count: number, line: (at: number) => string) =>
    Array.from({ length: count }, (_, at) => line(at)).join('\n');
  const path = `/workspace/src/file-${step}.ts`;
  if (step % 6 === 0) writer.add('ThinkAction', `Thought ${step} about what comes next, and why.`);
  else if (step % 6 === 1)
    writer.add(
      'MessageAction',
      `Step ${step}: **now**\n\n\`\`\`ts\n${lines(step % 20, (at) => `const a = ${at};`)}\n\`\`\`\n\n- one\n- two`,
    );
  else if (step % 6 < 4)
    writer.run(
      `npm test -- ${step}`,
      lines(step % 40, (at) => `\x1b[32mok\x1b[0m ${at} of ${step}`),
      step % 5 === 0 ? 1 : 0,
    );
  else if (step % 6 === 4)
    writer.add('FileEditAction', path, { path }).add('FileEditObservation', 'Replaced.', {
      path,
      diff: `@@ -1,9 +1,9 @@\n${lines(step % 25, (at) => `${'+- '[at % 3]}line ${at}`)}`,
    });
  else writer.add('FileReadAction', path, { path }).add('FileReadObservation', 'text\n');
}
