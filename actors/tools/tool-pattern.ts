// Finds patterns of rules and hooks that name a tool that there isn't, and so would never fit.
import { toolsOfPattern } from '../../schema/rules/tool-name.ts';
import { serverSeparator } from './offered-tools.ts';
import { findTool, toolNames } from './registry.ts';

/** Tools of servers are known once they are asked. */
const isKnown = (name: string): boolean =>
  findTool(name) !== undefined || name.includes(serverSeparator) || name.includes('*');

/** @returns where the first of them is, and what is wrong with it */
export function findStrangePattern(
  patterns: readonly (string | undefined)[],
): { at: number; message: string } | undefined {
  const at = patterns.findIndex((pattern) => pattern !== undefined && !toolsOfPattern(pattern).every(isKnown));
  return at === -1 ? undefined : { at, message };
}

const message =
  `must name one of ${toolNames.join(', ')}, or a tool of a server such as server${serverSeparator}tool; ` +
  'several with | between them, * for any text';
