// The same calls as the models of each vendor make them: with their own tools, and with ids or without.
import type { VendorName } from './fake-vendor.ts';
import type { SaidCall } from './wire.ts';

export type VendorCalls = {
  shell(command: string): SaidCall;
  read(path: string): SaidCall;
  edit(path: string, oldText: string, newText: string): SaidCall;
  finish(message: string): SaidCall;
};

let made = 0;

/** Anthropic's models give each call an id. */
const callWithId = (name: string, input: unknown): SaidCall => ({ id: `toolu_${++made}`, name, input });

/** Google's older models give none. */
const callWithoutId = (name: string, input: unknown): SaidCall => ({ name, input });

export const vendorCalls: Record<VendorName, VendorCalls> = {
  anthropic: {
    shell: (command) => callWithId('bash', { command }),
    read: (path) => callWithId('str_replace_based_edit_tool', { command: 'view', path }),
    edit: (path, old_str, new_str) =>
      callWithId('str_replace_based_edit_tool', { command: 'str_replace', path, old_str, new_str }),
    finish: (message) => callWithId('finish', { message }),
  },
  google: {
    shell: (command) => callWithoutId('shell', { command }),
    read: (path) => callWithoutId('read', { path }),
    edit: (path, oldText, newText) => callWithoutId('edit', { path, oldText, newText }),
    finish: (message) => callWithoutId('finish', { message }),
  },
};
