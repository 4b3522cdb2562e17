// Decides what becomes of a call: it runs, it asks, or it is refused; by the rules, the mode, and what people have allowed.
import type { Policy } from '../../schema/policy.ts';
import type { CallFacts } from './call-facts.ts';
import { describeDanger } from './dangers.ts';
import { looks } from './looking.ts';
import { type ShellCommand, writesNothing } from './read-shell-line.ts';
import { describeRule, fitsRule, mayFitRule } from './rules.ts';

export type Decided =
  | { decision: 'allow' }
  /** `allows`: what is allowed for the session where a person says so. */
  | { decision: 'ask'; reason: string; allows: string[] }
  | { decision: 'deny'; reason: string };

/** What people have said by then. */
export type Said = { isPlanAllowed: boolean; allowed: ReadonlySet<string> };

const allow: Decided = { decision: 'allow' };

/** @param policy undefined where the client chose none: it can't be asked, so what would ask is refused where it is sure */
export function decideCall(policy: Policy | undefined, facts: CallFacts, said: Said): Decided {
  if (!policy) return decideWithoutPolicy(facts);
  if (isAllowedByParts(policy, facts, said)) return allow;
  const decided = decideByPolicy(policy, facts, said);
  if (decided.decision !== 'ask') return decided;
  return decided.allows.every((key) => said.allowed.has(key)) ? allow : decided;
}

/** Whether each command of the line would run as a call of its own: `npm test | tail -20` does no more than both. */
const isAllowedByParts = (policy: Policy, { line, parts }: CallFacts, said: Said): boolean =>
  line !== undefined &&
  parts.length > 0 &&
  writesNothing(line) &&
  parts.every((part) => decideCall(policy, part, said).decision === 'allow');

function decideByPolicy({ mode, rules = [] }: Policy, facts: CallFacts, said: Said): Decided {
  const at = rules.findIndex((each) => fitsRule(each, facts) || mayFitRule(each, facts));
  const rule = rules[at];
  if (rule && !fitsRule(rule, facts))
    return ask(
      `What this runs can't be read from it, and a rule of the policy may be about it (${describeRule(rule)}).`,
      [`line ${facts.text}`],
    );
  if (rule?.decision === 'allow') return allow;
  if (rule?.decision === 'deny')
    return {
      decision: 'deny',
      reason: `A rule of this session's policy denies this (${describeRule(rule)}). ${elsewise}`,
    };
  if (rule) return ask(`A rule of the policy asks (${describeRule(rule)}).`, [`rule ${at}`]);
  const [danger] = facts.dangers;
  if (mode === 'read-only' && !facts.isLooking) return { decision: 'deny', reason: readOnlyReason };
  if (mode === 'plan' && !said.isPlanAllowed && !facts.isLooking) return { decision: 'deny', reason: noPlanReason };
  if (danger)
    return ask(
      facts.dangers.map(({ name }) => describeDanger[name]).join(' '),
      facts.dangers.map(({ name }) => `does ${name}`),
    );
  return mode === 'ask' && !facts.isLooking ? ask('The policy asks before anything is changed.', keysOf(facts)) : allow;
}

const ask = (reason: string, allows: string[]): Decided => ({ decision: 'ask', reason, allows });

/** Programs whose first word says what they do. */
const withCommands: ReadonlySet<string | undefined> = new Set(
  (
    'git gh npm npx pnpm yarn bun deno cargo rustup go docker podman kubectl helm terraform pip pip3 uv poetry apt apt-get brew ' +
    'make just systemctl service dotnet mvn gradle composer bundle rails aws gcloud az flyctl heroku'
  ).split(' '),
);

/** What is allowed with a call for the session: its tool; of a shell the commands that change anything, and the files that it writes. */
function keysOf({ tool, line, text }: CallFacts): string[] {
  if (!line) return [`tool ${tool}`];
  const changing = line.commands.filter((command) => !looks(command));
  if (!line.isUnderstood || line.commands.length === 0 || changing.some(isAnything)) return [`line ${text}`];
  const commands = changing.map(({ words: [name, first] }) =>
    first !== undefined && withCommands.has(name) ? `command ${name} ${first}` : `command ${name}`,
  );
  return [...new Set([...commands, ...line.writes.map((target) => `write ${target ?? text}`)])];
}

/** What the name alone doesn't tell: a program that runs what it is given, options before the command, variables. */
const isAnything = ({ words: [name, first], hasVariables }: ShellCommand): boolean =>
  name === undefined ||
  hasVariables ||
  runners.test(name) ||
  (withCommands.has(name) && (first === undefined || first.startsWith('-')));

const runners =
  /(^|\/)(python|node|perl|ruby|php|lua|bash|sh|dash|zsh|ksh|ash|busybox|awk|gawk|mawk|tsx|ts-node|sudo|ssh|strace|ltrace|watch|parallel|flock|xvfb-run|unbuffer|entr|hyperfine)[\d.]*$/;

function decideWithoutPolicy({ dangers }: CallFacts): Decided {
  const danger = dangers.find(({ isSure }) => isSure);
  if (!danger) return allow;
  return { decision: 'deny', reason: `${describeDanger[danger.name]} ${noPolicyReason(danger.name)}` };
}

const elsewise = 'It was not run; do not do the same in another way.';
const readOnlyReason = `This session may only look: its policy is read-only. ${elsewise}`;
const noPlanReason =
  'Only look until the user has approved a plan: find out what you need, then call present_plan. This was not run.';
const noPolicyReason = (does: string) =>
  'It was not run: that wants a word of the user, and this session was made without a `policy`, so that nobody can be ' +
  `asked. Go another way (push to a branch of your own), or tell the user: a session that is made with the policy ` +
  `{"rules":[{"does":"${does}","decision":"allow"}]} may do it, and with {"mode":"auto"} it asks.`;
