// What a call that wants an approval would do, in one text: its command, its file, or its input.
import type { WaitingFor } from '../lucid.ts';

export type DescribedCall = { tool: string; text: string; isCommand: boolean };

export function describeCall({ tool = 'a tool', input }: Pick<WaitingFor, 'tool' | 'input'>): DescribedCall {
  const { command, path } = input ?? {};
  if (typeof command === 'string') return { tool, text: command, isCommand: true };
  if (typeof path === 'string' && Object.keys(input ?? {}).length === 1) return { tool, text: path, isCommand: false };
  return {
    tool,
    text: input ? JSON.stringify(input, null, 2) : 'Its input is too long to be shown here.',
    isCommand: false,
  };
}

/** @returns the input with what was edited, or why it can't be one; undefined where nothing was changed */
export function readEdited(
  { input }: Pick<WaitingFor, 'input'>,
  edited: string,
): { input: Record<string, unknown> } | { problem: string } | undefined {
  const described = describeCall({ ...(input && { input }) });
  if (!input || edited === described.text) return undefined;
  if (edited.trim() === '') return { problem: 'It is empty.' };
  if (described.isCommand) return { input: { ...input, command: edited } };
  if (typeof input.path === 'string' && described.text === input.path) return { input: { ...input, path: edited } };
  try {
    const value: unknown = JSON.parse(edited);
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return { input: { ...value } };
  } catch {
    // Told below.
  }
  return { problem: 'This is no JSON object.' };
}
