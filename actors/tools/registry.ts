// The tools that a model can call: one line each. A new one comes last, since providers' caches depend on the order.
import { bashTool } from './bash.ts';
import { editTool } from './edit.ts';
import { finishTool } from './finish.ts';
import { readTool } from './read.ts';
import { searchTool } from './search.ts';
import { shellTool } from './shell.ts';
import { textEditorTool } from './text-editor.ts';
import { thinkTool } from './think.ts';
import type { AnyTool } from './tool.ts';
import { writeTool } from './write.ts';

export const tools: readonly AnyTool[] = [
  bashTool,
  textEditorTool,
  shellTool,
  readTool,
  writeTool,
  editTool,
  searchTool,
  thinkTool,
  finishTool,
];

export const toolNames: readonly string[] = tools.map(({ name }) => name);

const toolByName = new Map(tools.map((tool) => [tool.name, tool]));

/** Finds the tools of every provider: a transcript may come from another one. */
export const findTool = (name: string): AnyTool | undefined => toolByName.get(name);
