// The tools that a model can call: one line each. A new one comes last, since providers' caches depend on the order.
import { ownNameOf } from '../../schema/rules/tool-name.ts';
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

const toolByName = new Map(tools.map((tool) => [tool.name, tool] as const));

/** By its own name, or another that models call it by. */
export const findTool = (name: string): Tool | undefined => toolByName.get(ownNameOf(name));
