// What reading costs once a lot is stored: a list of chats and a page of messages, beside the same with little stored.
import { fillChats } from '../database.ts';
import { generatorCpu } from '../generator-warnings.ts';
import type { ReadsAnswers, ReadsResult } from '../generators/read-load.ts';
import { signTokens } from '../generators/session-client.ts';
import { Child } from '../processes/child.ts';
import {
  type Figures,
  measureInTurns,
  type Row,
  rowOf,
  type Samples,
  type ScenarioOptions,
  type ScenarioResult,
} from '../scenario.ts';
import { type RunningEngine, startEngine } from '../server/start-engine.ts';
import { median, percentile } from '../statistics.ts';

const messagesPerChat = 1_000;
const fewChats = 10;
const manyChats = { quick: 100, thorough: 1_000 };
const chatsListed = 10;
const clients = 2;
const p99RatioMax = 1.5;
const user = 'bench-0';

const variants = ['much stored', 'little stored'] as const;
type Variant = (typeof variants)[number];

const reads = ['chats', 'messages'] as const;
type Read = (typeof reads)[number];

const names: Record<Read, string> = {
  chats: `list of ${chatsListed} chats`,
  messages: `page of ${messagesPerChat.toLocaleString('en')} messages`,
};

type StoredChats = { engine: RunningEngine; chats: number; headers: Record<string, string> };

export async function history(options: ScenarioOptions): Promise<ScenarioResult> {
  const chats = { 'much stored': options.isQuick ? manyChats.quick : manyChats.thorough, 'little stored': fewChats };
  const generator = new Child<ReadsAnswers>('generators/read-load.ts');
  options.progress(`storing ${countText(chats['much stored'])} messages`);
  const stored = {
    'much stored': await storeChats(options.checkout, chats['much stored']),
    'little stored': await storeChats(options.checkout, fewChats),
  };
  const problems: string[] = [];
  const measure = async (variant: Variant, durationMs: number): Promise<Figures> => {
    const figures: Figures = {};
    for (const read of reads) {
      const result = await generator.ask('run', { ...loadOf(stored[variant], read), clients, durationMs });
      problems.push(...result.problems);
      Object.assign(figures, figuresOf(read, result));
    }
    return figures;
  };
  for (const variant of variants) {
    options.progress(`warm-up: ${variant}`);
    await measure(variant, options.warmUpMs);
  }
  const samples = await measureInTurns(variants, options, (variant) =>
    measure(variant, options.durationMs / reads.length),
  );
  await Promise.all(
    [generator, ...variants.map((variant) => stored[variant].engine.process)].map((child) => child.end()),
  );
  return {
    rows: reads.map((read) => makeRow(samples, read, chats['much stored'])),
    figures: samples.makeTable(),
    notes: [
      `Much stored: ${countText(chats['much stored'])} messages; little: ${countText(fewChats)}; ${messagesPerChat.toLocaleString('en')} a chat, all of one user, each in an engine and a PostgreSQL of its own. Read over REST, ${clients} clients that wait for each answer, pages of all chats in turn.`,
    ],
    warnings: [],
    problems,
  };
}

const countText = (chats: number) => (chats * messagesPerChat).toLocaleString('en');

async function storeChats(checkout: string, chats: number): Promise<StoredChats> {
  const engine = await startEngine(checkout, { dropsRows: false, environment: {} });
  await fillChats(engine.address.databaseUrl, { user, chats, messagesPerChat });
  const [token] = await signTokens(engine.address, 1);
  return { engine, chats, headers: { authorization: `Bearer ${token}` } };
}

function loadOf({ engine, chats, headers }: StoredChats, read: Read) {
  const origin = `http://127.0.0.1:${engine.address.port}/api/v1/chats`;
  if (read === 'chats')
    return { urls: [`${origin}?limit=${chatsListed}`], headers, expected: { list: 'chats', length: chatsListed } };
  const urls = Array.from(
    { length: chats },
    (_, at) => `${origin}/${user}-${at + 1}/messages?limit=${messagesPerChat}`,
  );
  return { urls, headers, expected: { list: 'messages', length: messagesPerChat } };
}

const figuresOf = (read: Read, { latenciesMs, elapsedMs, cpuMs }: ReadsResult): Figures => ({
  [`${names[read]} p50, ms`]: median(latenciesMs),
  [`${names[read]} p99, ms`]: percentile(latenciesMs, 99),
  [`${names[read]}: reads`]: latenciesMs.length,
  [`${names[read]}: ${generatorCpu}`]: cpuMs / elapsedMs,
});

function makeRow(samples: Samples<Variant>, read: Read, chats: number): Row {
  const figure = `${names[read]} p99, ms`;
  return rowOf(samples.get('much stored', figure), samples.get('little stored', figure), {
    name: `${names[read]} p99, ${countText(chats)} messages stored`,
    unit: 'ms',
    referenceName: `${countText(fewChats)} stored`,
    referenceKind: 'baseline',
    reach: { of: 'ratio', bound: 'at most', value: p99RatioMax },
  });
}
