// Whether a rule of a policy fits a call.
import type { PolicyRule } from '../../schema/policy.ts';
import type { CallFacts } from './call-facts.ts';
import { fitsGlob, fitsTool } from './glob.ts';
import { mayBeAlias } from './pushes.ts';
import { type ShellCommand, writesNothing } from './read-shell-line.ts';
import { withoutFolder } from './unwrap-command.ts';

/**
 * A rule fits where all that it names does. One that allows has to fit all that the call does; one that asks or denies,
 * any part of it.
 */
export function fitsRule(rule: PolicyRule, facts: CallFacts): boolean {
  const { command } = rule;
  return fitsOthers(rule, facts) && (command === undefined || fitsCommand(command, facts, rule.decision === 'allow'));
}

/** Whether a rule that asks or denies may fit, and only running the line would tell. */
export function mayFitRule(rule: PolicyRule, facts: CallFacts): boolean {
  const { command, decision } = rule;
  return decision !== 'allow' && command !== undefined && fitsOthers(rule, facts) && mayFitCommand(command, facts);
}

/** Whether all fits that a rule names beside a command. */
function fitsOthers(rule: PolicyRule, facts: CallFacts): boolean {
  const mustFitAll = rule.decision === 'allow';
  const { tool, path: glob, host, does } = rule;
  if (tool !== undefined && !fitsTool(tool, facts.tool)) return false;
  if (glob !== undefined && !fitsPath(glob, facts, mustFitAll)) return false;
  if (host !== undefined && !fitsHost(host, facts, mustFitAll)) return false;
  return does === undefined || facts.dangers.some(({ name }) => name === does);
}

type Words = ShellCommand['words'];

const wordsOf = (command: string): string[] => command.trim().split(/\s+/);

/** A line that isn't understood is never allowed by its words, and asks or is denied where they are anywhere in it. */
function fitsCommand(command: string, { line, text, mayHideDanger }: CallFacts, mustFitAll: boolean): boolean {
  if (!line) return false;
  const wanted = wordsOf(command);
  const begins = ({ words }: { words: Words }) => wanted.every((word, at) => words[at] === word);
  const beginsPlainly = (found: ShellCommand) => !found.hasVariables && begins(found);
  if (mustFitAll)
    return (
      line.isUnderstood &&
      !mayHideDanger &&
      line.commands.length > 0 &&
      writesNothing(line) &&
      line.commands.every(beginsPlainly)
    );
  return (
    line.commands.some((found) => begins(found) || begins({ words: withoutFolder(found.words) })) ||
    (!line.isUnderstood && text.includes(command.trim()))
  );
}

/** What can't be read may be any command; so may what a program starts by its arguments. */
function mayFitCommand(command: string, { line }: CallFacts): boolean {
  if (!line) return false;
  const wanted = wordsOf(command);
  const mayBegin = ({ words }: { words: Words }) => mayBeginWith(wanted, withoutFolder(words));
  return (
    !line.isUnderstood ||
    line.commands.some(mayBegin) ||
    line.possible.some(mayBegin) ||
    line.texts.some((text) => text.includes(command.trim()))
  );
}

/** A word that only the shell knows may be any, and so may a command that git may know as an alias. */
function mayBeginWith(wanted: readonly string[], words: Words): boolean {
  if (words.length === 0) return false;
  if (wanted[0] === 'git' && words[0] === 'git' && mayBeAlias(words)) return true;
  return wanted.every((word, at) => at < words.length && (words[at] === word || words[at] === undefined));
}

/** A shell is never allowed by what it names, nor what names too much; that asks or is denied by any path. */
function fitsPath(glob: string, { paths, line }: CallFacts, mustFitAll: boolean): boolean {
  if (mustFitAll && line) return false;
  if (paths === undefined) return !mustFitAll;
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
