// Whether a rule of a policy fits a call.
import type { PolicyRule } from '../../schema/policy.ts';
import type { CallFacts } from './call-facts.ts';
import { fitsGlob, fitsText } from './glob.ts';
import type { ShellCommand } from './read-shell-line.ts';
import { withoutFolder } from './unwrap-command.ts';

/**
 * A rule fits where all that it names does. One that allows has to fit all that the call does; one that asks or denies,
 * any part of it.
 */
export function fitsRule(rule: PolicyRule, facts: CallFacts): boolean {
  const mustFitAll = rule.decision === 'allow';
  const { tool, command, path: glob, host, does } = rule;
  if (tool !== undefined && !fitsText(tool, facts.tool)) return false;
  if (command !== undefined && !fitsCommand(command, facts, mustFitAll)) return false;
  if (glob !== undefined && !fitsPath(glob, facts, mustFitAll)) return false;
  if (host !== undefined && !fitsHost(host, facts, mustFitAll)) return false;
  return does === undefined || facts.dangers.some(({ name }) => name === does);
}

/** A line that isn't understood is never allowed by its words, and asks or is denied where they are anywhere in it. */
function fitsCommand(command: string, { line, text }: CallFacts, mustFitAll: boolean): boolean {
  if (!line) return false;
  const wanted = command.trim().split(/\s+/);
  const begins = ({ words }: { words: readonly (string | undefined)[] }) =>
    wanted.every((word, at) => words[at] === word);
  const beginsPlainly = (found: ShellCommand) => !found.hasVariables && begins(found);
  if (mustFitAll)
    return (
      line.isUnderstood && line.commands.length > 0 && line.writes.length === 0 && line.commands.every(beginsPlainly)
    );
  return (
    line.commands.some((found) => begins(found) || begins({ words: withoutFolder(found.words) })) ||
    (!line.isUnderstood && text.includes(command.trim()))
  );
}

/** A shell is never allowed by what it names. */
function fitsPath(glob: string, { paths, line }: CallFacts, mustFitAll: boolean): boolean {
  if (mustFitAll && line) return false;
  const fits = (named: string) => fitsPathGlob(glob, named);
  return mustFitAll ? paths.length > 0 && paths.every(fits) : paths.some(fits);
}

/** From the workspace on, or from the repository on, which is a folder of it. @param named from the workspace on */
export const fitsPathGlob = (glob: string, named: string): boolean =>
  [named, named.split('/').slice(1).join('/')].some((from) => from !== '' && fitsGlob(glob, from));

function fitsHost(host: string, { hosts }: CallFacts, mustFitAll: boolean): boolean {
  const pattern = host.toLowerCase();
  const fits = (name: string) => name === pattern || (pattern.startsWith('*.') && name.endsWith(pattern.slice(1)));
  return mustFitAll ? hosts.length > 0 && hosts.every(fits) : hosts.some(fits);
}

/** The rule in a few words, for people and models. */
export function describeRule({ decision: _, ...conditions }: PolicyRule): string {
  return Object.entries(conditions)
    .map(([name, value]) => `${name} ${JSON.stringify(value)}`)
    .join(', ');
}
