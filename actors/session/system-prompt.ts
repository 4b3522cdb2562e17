// What a model is told before everything else: the text of `system-prompt.md` with the facts of a session in it.
import { readFileSync } from 'node:fs';
import { type } from 'node:os';
import type { Sandbox } from '../../sandbox/sandbox.ts';
import type { Policy } from '../../schema/policy.ts';
import { listWords } from '../../schema/rules/text.ts';
import type { ToolDescription, ToolPurpose } from '../models/model.ts';

/** Facts that don't change in a session's life, so that the provider's cache keeps its prompt. */
export type SessionFacts = {
  kind: Sandbox['kind'];
  /** Whether commands are root, in a namespace of their own. */
  isRoot?: boolean;
  /** The root of the workspace, as commands see it. */
  workspace: string;
  /** `folder` as commands see it; `branch` null where none was asked for. */
  repository?: { url: string; folder: string; branch: string | null } | undefined;
  gitUser?: { name: string; email: string } | undefined;
  /** When the session began; the day of it is told. */
  beganAtMs: number;
  /** `provider/model`. */
  model: string;
  /** The user's own instructions, and the operator's. */
  instructions?: string | undefined;
  operatorInstructions?: string | undefined;
  tools: readonly Pick<ToolDescription, 'name' | 'purposes'>[];
  /** Of its policy; undefined where it has none. */
  mode?: Policy['mode'] | undefined;
  /** The names of its MCP servers; undefined where it has none. */
  mcpServers?: readonly string[] | undefined;
};

/** What the text may name: lines that name an undefined value are left out. */
type Values = Record<string, string | undefined>;

type Line = { text: string; names: string[] };

const placeholder = /\{\{(\w+)\}\}/g;

const template = parseLines(readFileSync(new URL('system-prompt.md', import.meta.url), 'utf8'));

export const systemPromptOf = (facts: SessionFacts): string =>
  [
    fillTemplate(valuesOf(facts)),
    ...writeInstructions('operator, who runs this engine', facts.operatorInstructions),
    ...writeInstructions('user, for this whole session', facts.instructions),
  ].join('\n\n');

let lastFilled: { key: string; text: string } | undefined;

/** Sessions of one kind and model have mostly the same values. */
function fillTemplate(values: Values): string {
  const key = JSON.stringify(values);
  if (lastFilled?.key !== key) lastFilled = { key, text: fillLines(template, values).trimEnd() };
  return lastFilled.text;
}

/** Last, since they are another's words: nothing of ours stands behind them. */
const writeInstructions = (whose: string, text: string | undefined): string[] =>
  text === undefined || text.trim() === '' ? [] : [`# Instructions of the ${whose}\n\n${text.trim()}`];

function valuesOf(facts: SessionFacts): Values {
  const { kind, workspace, repository, gitUser, tools, mode, mcpServers, beganAtMs, model } = facts;
  const isContainer = kind === 'docker' || kind === 'kubernetes';
  const when = (isSo: boolean) => (isSo ? '' : undefined);
  const toolFor = (purpose: ToolPurpose) => tools.find(({ purposes }) => purposes?.includes(purpose));
  return {
    workspace,
    date: new Date(beganAtMs).toISOString().slice(0, 10),
    model,
    platform: kind === 'memory' ? undefined : isContainer ? `Linux (${process.arch})` : `${type()} (${process.arch})`,
    inContainer: when(isContainer && !facts.isRoot),
    inContainerOfRoot: when(isContainer && facts.isRoot === true),
    inFolder: when(kind === 'local'),
    inMemory: when(kind === 'memory'),
    noRepository: when(repository === undefined),
    repositoryUrl: repository && stripCredentials(repository.url),
    repositoryFolder: repository?.folder,
    branch: repository?.branch ?? undefined,
    gitUser: gitUser && `${gitUser.name} <${gitUser.email}>`,
    mcpServers: mcpServers && listWords(mcpServers, 'and'),
    readOnly: when(mode === 'read-only'),
    planFirst: when(mode === 'plan'),
    askFirst: when(mode === 'ask'),
    searchTool: toolFor('search')?.name,
    readTool: toolFor('read')?.name,
    editTool: toolFor('edit')?.name,
    finishTool: toolFor('finish')?.name,
  };
}

/** A text's lines, each with the `{{names}}` in it. */
export function parseLines(text: string): Line[] {
  const namesIn = (line: string) => [...line.matchAll(placeholder)].map(([, name = '']) => name);
  return text.split('\n').map((line) => ({ text: line, names: namesIn(line) }));
}

/**
 * A text with values in place of its names. A line that names one without a value is left out.
 * @throws on an unknown name, which is a mistake in the text
 */
export function fillLines(lines: readonly Line[], values: Values): string {
  const hasValue = (name: string) => {
    if (!Object.hasOwn(values, name)) throw new Error(`system-prompt.md names {{${name}}}, which there isn't.`);
    return values[name] !== undefined;
  };
  return lines
    .filter(({ names }) => names.every(hasValue))
    .map(({ text, names }) => (names.length === 0 ? text : fillLine(text, values)))
    .join('\n');
}

const fillLine = (line: string, values: Values): string =>
  line.replaceAll(placeholder, (_, name: string) => joinLines(values[name] ?? ''));

/** Keeps a value that a user gave in its line. */
const joinLines = (value: string): string => value.replaceAll(/\s+/g, ' ').trim();

/** Leaves git's own form of an address as it is: it has no place for a password. */
function stripCredentials(given: string): string {
  const url = URL.parse(given);
  if (!url) return given;
  url.username = '';
  url.password = '';
  return url.href;
}
