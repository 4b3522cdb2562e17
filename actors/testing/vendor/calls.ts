// The same calls as the models of each vendor make them: with their own tools, and with ids or without.
import type { VendorName } from './vendor.ts';
import type { SaidCall } from './wire.ts';

export type Calls = {
  shell(command: string): SaidCall;
  read(path: string): SaidCall;
  edit(path: string, oldText: string, newText: string): SaidCall;
  finish(message: string): SaidCall;
};

let made = 0;

/** Anthropic's models give each call an id. */
const named = (name: string, input: unknown): SaidCall => ({ id: `toolu_${++made}`, name, input });

/** Google's older models give none. */
const unnamed = (name: string, input: unknown): SaidCall => ({ name, input });

export const callsOf: Record<VendorName, Calls> = {
  anthropic: {
    shell: (command) => named('bash', { command }),
    read: (path) => named('str_replace_based_edit_tool', { command: 'view', path }),
    edit: (path, old_str, new_str) =>
      named('str_replace_based_edit_tool', { command: 'str_replace', path, old_str, new_str }),
    finish: (message) => named('finish', { message }),
  },
  google: {
    shell: (command) => unnamed('shell', { command }),
    read: (path) => unnamed('read', { path }),
    edit: (path, oldText, newText) => unnamed('edit', { path, oldText, newText }),
    finish: (message) => unnamed('finish', { message }),
  },
};
