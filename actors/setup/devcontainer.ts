// Reads a repository's devcontainer.json: what of it is run, and what isn't, each with a sentence. Pure.
import { type ParseError, parse } from 'jsonc-parser';
import * as v from 'valibot';
import { quoteForBash } from '../../sandbox/shell/shell-lines.ts';
import { keepHeadAndTail } from '../../schema/rules/head-and-tail.ts';

/** What a repository asks for before the work: command lines in order, and sentences about what isn't done. */
export type SetupWish = { commands: string[]; refusals: string[] };

const Command = v.union([v.string(), v.array(v.string())]);
const Commands = v.union([Command, v.record(v.string(), Command)]);

/** The commands that a devcontainer runs once, in their order. */
const commandNames = ['onCreateCommand', 'updateContentCommand', 'postCreateCommand'] as const;

/** What the engine's own image has of the features that people name, by the last part of their names. */
const presentFeatures: ReadonlySet<string> = new Set([
  'common-utils',
  'git',
  'github-cli',
  'go',
  'jq',
  'node',
  'python',
  'ripgrep',
  'rust',
  'uv',
]);

/** What would reach beyond the sandbox, or take its walls down. */
const refusedFields: Readonly<Record<string, string>> = {
  privileged: 'privileged mode is never given',
  capAdd: 'no capabilities are given',
  securityOpt: 'its security options stay as they are',
  mounts: 'nothing of the machine is mounted',
  workspaceMount: 'nothing of the machine is mounted',
  runArgs: 'the options of its container stay as they are',
  initializeCommand: 'no command is run on the machine itself',
  build: 'no image is built',
  dockerFile: 'no image is built',
  dockerComposeFile: 'no other containers are started',
};

/** Sentences quote what a repository says, cut to this. */
const quotedCharsMax = 200;

export function readDevcontainer(text: string): SetupWish {
  const parsed = parseFile(text);
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed))
    return { commands: [], refusals: ['devcontainer.json can not be read: it is no JSON with comments.'] };
  const fields = parsed as Record<string, unknown>;
  return {
    commands: commandNames.flatMap((name) => readCommands(fields[name])),
    refusals: [
      ...Object.entries(refusedFields).flatMap(([name, why]) => refuseField(name, fields[name], why)),
      ...refuseImage(fields.image),
      ...refuseFeatures(fields.features),
    ],
  };
}

/** The parser throws for what is nested thousands deep. @returns undefined for what can't be read */
function parseFile(text: string): unknown {
  const errors: ParseError[] = [];
  try {
    const parsed: unknown = parse(text, errors, { allowTrailingComma: true });
    return errors.length > 0 ? undefined : parsed;
  } catch {
    return undefined;
  }
}

const isAbsent = (value: unknown): boolean =>
  value === undefined ||
  value === null ||
  value === false ||
  (typeof value === 'object' && Object.keys(value).length === 0);

const refuseField = (name: string, value: unknown, why: string): string[] =>
  isAbsent(value) ? [] : [`"${name}" is left out: ${why} (${quote(JSON.stringify(value))}).`];

const refuseImage = (image: unknown): string[] =>
  isAbsent(image)
    ? []
    : [
        `The image ${quote(typeof image === 'string' ? image : JSON.stringify(image))} isn't used: sandboxes are made from the engine's own.`,
      ];

function refuseFeatures(features: unknown): string[] {
  if (typeof features !== 'object' || features === null) return [];
  const missing = Object.keys(features).filter((name) => !presentFeatures.has(featureNameOf(name)));
  return missing.length === 0 ? [] : [`These features can't be had: ${quote(missing.join(', '))}.`];
}

/** `ghcr.io/devcontainers/features/node:1` is `node`. */
const featureNameOf = (name: string): string => (name.split('/').at(-1) ?? '').split(/[:@]/)[0] ?? '';

/** A list of words is one command without a shell; an object has several, which are run one after another here. */
function readCommands(value: unknown): string[] {
  const commands = v.safeParse(Commands, value);
  if (!commands.success) return [];
  const found = commands.output;
  if (typeof found === 'string') return found.trim() === '' ? [] : [found];
  if (Array.isArray(found)) return found.length === 0 ? [] : [found.map(quoteForBash).join(' ')];
  return Object.values(found).flatMap(readCommands);
}

const quote = (text: string): string => keepHeadAndTail(text.replaceAll(/[\r\n]+/g, ' '), quotedCharsMax);
