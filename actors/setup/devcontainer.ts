// Reads a repository's devcontainer.json: what of it is run, and what isn't, each with a sentence. Pure.
import { type ParseError, parse } from 'jsonc-parser';
import * as v from 'valibot';
import { quoteForBash } from '../../sandbox/shell/shell-lines.ts';
import { keepHeadAndTail } from '../../schema/rules/head-and-tail.ts';
import { readEnvironment } from './devcontainer-environment.ts';

/**
 * What a repository asks for before the work: command lines in order, the image that its sandbox is to be of, lines that export variables,
 * and sentences about what isn't done.
 */
export type SetupWish = { commands: string[]; image?: string; exports: string[]; refusals: string[] };

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

const noWish: SetupWish = { commands: [], exports: [], refusals: [] };

export function readDevcontainer(text: string): SetupWish {
  const parsed = parseFile(text);
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed))
    return { ...noWish, refusals: ['devcontainer.json can not be read: it is no JSON with comments.'] };
  const fields = parsed as Record<string, unknown>;
  const { exports, sentences } = readEnvironment(fields.containerEnv, fields.remoteEnv);
  return {
    ...(isImageName(fields.image) && { image: fields.image }),
    exports,
    commands: commandNames.flatMap((name) => readCommands(fields[name])),
    refusals: [
      ...Object.entries(refusedFields).flatMap(([name, why]) => refuseField(name, fields[name], why)),
      ...(isAbsent(fields.image) || isImageName(fields.image) ? [] : [refuseImageName(fields.image)]),
      ...sentences.map(quote),
      ...describeFeatures(fields.features),
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

/** As Docker reads names, with a tag, a digest or both. */
const isImageName = (image: unknown): image is string =>
  typeof image === 'string' && image.length <= 255 && /^[a-z0-9][\w./:-]*(@sha256:[0-9a-f]{64})?$/.test(image);

const refuseImageName = (image: unknown): string =>
  `The image ${quote(JSON.stringify(image))} isn't used: that is no name of an image.`;

/** Features are programs that are there already or aren't: nothing is installed for them, and versions aren't chosen. */
function describeFeatures(features: unknown): string[] {
  if (typeof features !== 'object' || features === null) return [];
  const names = Object.keys(features);
  const present = [...new Set(names.map(featureNameOf))].filter((name) => presentFeatures.has(name));
  const missing = names.filter((name) => !presentFeatures.has(featureNameOf(name)));
  return [
    ...(present.length === 0 ? [] : [`Of its features the engine's own image has these: ${present.join(', ')}.`]),
    ...(missing.length === 0 ? [] : [`These features can't be had: ${quote(missing.join(', '))}.`]),
  ];
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
