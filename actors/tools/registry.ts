// The tools that a model can call: one line each. New ones come last: the providers' caches hold what is offered, in its order.
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

/** Whatever the provider: a transcript may come from another one. */
export const findTool = (name: string): AnyTool | undefined => toolByName.get(name);
