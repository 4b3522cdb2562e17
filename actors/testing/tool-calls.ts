// Calls of tools for tests: made, checked and run as a turn does it.
import { MemorySandbox } from '../../sandbox/memory/memory-sandbox.ts';
import type { Sandbox } from '../../sandbox/sandbox.ts';
import type { ToolCall } from '../../schema/event.ts';
import { prepareCall } from '../tools/prepare-call.ts';
import type { ToolEvent, ToolRun } from '../tools/tool.ts';
import { everyTool } from '../tools/tool-set.ts';

export const callOf = (name: string, input: unknown): ToolCall => ({ id: 'call-1', name, input });

export type CallRecords = { action: ToolEvent; observation: ToolEvent | undefined };

/** What a call leaves: its action, and its observation where it runs. */
export async function runCall(
  call: ToolCall,
  sandbox: Sandbox = new MemorySandbox(),
  more: Partial<ToolRun> = {},
): Promise<CallRecords> {
  const { action, run } = prepareCall(call, everyTool);
  const signal = new AbortController().signal;
  return { action, observation: await run?.({ sandbox, signal, commandTimeoutMs: 10_000, ...more }) };
}

/** The observation of a call that runs something. */
export async function observeCall(
  name: string,
  input: unknown,
  sandbox: Sandbox,
  more: Partial<ToolRun> = {},
): Promise<ToolEvent> {
  const { observation } = await runCall(callOf(name, input), sandbox, more);
  if (!observation) throw new Error(`A call of ${name} is not observed.`);
  return observation;
}

/** A workspace in memory that holds these files. */
export async function createFiles(files: Record<string, string>): Promise<MemorySandbox> {
  const sandbox = new MemorySandbox();
  for (const [path, content] of Object.entries(files)) await sandbox.write(path, content);
  return sandbox;
}

export async function readContent(sandbox: Sandbox, path: string): Promise<string> {
  const file = await sandbox.read(path);
  if (!file.ok) throw new Error(file.failure.detail);
  return file.value.content;
}
