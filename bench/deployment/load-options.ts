// The command line of `npm run load`, checked: the deployment, the load, and the limits.
import { parseArgs } from 'node:util';
import { parseNumberBetween } from '../option-values.ts';
import type { Limits } from './judge-load.ts';

export type LoadOptions = {
  /** The engine's URL, without a path. */
  url: URL;
  /** The one of the three options that was given. */
  credentials: { token: string } | { tokensFile: string } | { secret: string };
  clients: number;
  rampMs: number;
  holdMs: number;
  /** The pause between the end of a turn and a client's next message. */
  thinkMs: number;
  task: string;
  limits: Limits;
};

export const loadUsage = `usage: npm run load -- --url ws://host:port (--token JWT | --tokens FILE | --secret SECRET) [options]

  --url URL        where the engine listens: ws://localhost:8000, wss://engine.example.com
  --secret SECRET  signs a user for each client with the engine's SESSION_SECRET
  --tokens FILE    JWTs, one a line, that clients take in turn
  --token JWT      one user for all clients, whom COMMANDS_PER_SECOND holds back
  --clients N      clients at once, 100 unless told
  --ramp TIME      until all of them are there, 10s
  --hold TIME      how long they stay then, 30s
  --think TIME     between the end of a turn and a client's next message, 5s
  --task TEXT      what they ask for, "Write hello world"
  --max-p99 TIME   exit code 1 where acknowledgements take longer
  --max-errors N   exit code 1 where there are more`;

const clientsMax = 60_000;

/** @throws Error with a sentence for people */
export function readLoadOptions(args: readonly string[]): LoadOptions {
  const { values } = parseArgs({
    args: [...args],
    options: {
      url: { type: 'string' },
      token: { type: 'string' },
      tokens: { type: 'string' },
      secret: { type: 'string' },
      clients: { type: 'string', default: '100' },
      ramp: { type: 'string', default: '10s' },
      hold: { type: 'string', default: '30s' },
      think: { type: 'string', default: '5s' },
      task: { type: 'string', default: 'Write hello world' },
      'max-p99': { type: 'string' },
      'max-errors': { type: 'string' },
    },
  });
  const { 'max-p99': maxP99, 'max-errors': maxErrors } = values;
  return {
    url: parseUrl(values.url),
    credentials: readCredentials(values),
    clients: parseNumberBetween('--clients', values.clients, 1, clientsMax),
    rampMs: parseDurationMs('--ramp', values.ramp),
    holdMs: parseDurationMs('--hold', values.hold),
    thinkMs: parseDurationMs('--think', values.think),
    task: values.task,
    limits: {
      ...(maxP99 !== undefined && { p99MsMax: parseDurationMs('--max-p99', maxP99) }),
      ...(maxErrors !== undefined && { errorsMax: parseNumberBetween('--max-errors', maxErrors, 0, 1_000_000_000) }),
    },
  };
}

function parseUrl(given: string | undefined): URL {
  const url = given === undefined ? null : URL.parse(given);
  if (!url || !['ws:', 'wss:'].includes(url.protocol))
    throw new Error(
      '--url accepts where an engine listens, for example ws://localhost:8000 or wss://engine.example.com.',
    );
  return url;
}

function readCredentials(given: { token?: string; tokens?: string; secret?: string }): LoadOptions['credentials'] {
  const { token, tokens, secret } = given;
  const all = [
    ...(token ? [{ token }] : []),
    ...(tokens ? [{ tokensFile: tokens }] : []),
    ...(secret ? [{ secret }] : []),
  ];
  const [only] = all;
  if (!only || all.length > 1)
    throw new Error(
      'One of --token, --tokens (a file, one a line) and --secret (signs a user for each client) is needed.',
    );
  return only;
}

const unitMs = { ms: 1, s: 1_000, m: 60_000 } as const;

function parseDurationMs(option: string, text: string): number {
  const [, amount, unit] = /^(\d{1,6}(?:\.\d{1,3})?)(ms|s|m)$/.exec(text) ?? [];
  if (amount === undefined || unit === undefined)
    throw new Error(`${option} is "${text}", but it accepts a time such as 500ms, 30s or 5m.`);
  return Number(amount) * unitMs[unit as keyof typeof unitMs];
}
