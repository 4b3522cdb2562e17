// The tools that a model can call: one line each. A new one comes last, since providers' caches depend on the order.
import { askUserTool } from './ask-user.ts';
import { backgroundTool } from './background.ts';
import { delegateTool } from './delegate.ts';
import { editTool } from './edit.ts';
import { fetchTool } from './fetch.ts';
import { finishTool } from './finish.ts';
import { planTool } from './plan.ts';
import { presentPlanTool } from './present-plan.ts';
import { readTool } from './read.ts';
import { searchTool } from './search.ts';
import { shellTool } from './shell.ts';
import { thinkTool } from './think.ts';
import type { Tool } from './tool.ts';
import { writeTool } from './write.ts';

export const tools: readonly Tool[] = [
  shellTool,
  readTool,
  writeTool,
  editTool,
  searchTool,
  thinkTool,
  finishTool,
  backgroundTool,
  askUserTool,
  presentPlanTool,
  planTool,
  delegateTool,
  fetchTool,
];

export const toolNames: readonly string[] = tools.map(({ name }) => name);

/** What models of Anthropic call their shell, and what conversations of earlier versions did. */
const shellAlias = 'bash';

const toolByName = new Map([...tools.map((tool) => [tool.name, tool] as const), [shellAlias, shellTool] as const]);

export const findTool = (name: string): Tool | undefined => toolByName.get(name);
