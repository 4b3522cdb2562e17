// The stand-in for the providers of models: a server that answers each request at once with the next command of a task.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { answerParent } from '../../processes/parent.ts';
import { encodeAnswer, providerOf, type ScriptedAnswer } from './provider-wire.ts';
import { type AnthropicRequest, ProviderCache, type SentTokens } from './sent-tokens.ts';

export type ProviderLog = {
  /** From the head of a request to the last byte of its answer, by request. */
  handledMs: number[];
  /** Tokens of each request, where the provider was Anthropic. */
  sent: SentTokens[];
  /** Connections that were opened for them. */
  connections: number;
};

type Request = { path: string; body: string; handledMs: number };

const done: ScriptedAnswer = { text: 'Done.' };
const summary: ScriptedAnswer = { text: 'Some commands of the task have been run; the rest is left.' };

let commands: string[] = [];
let requests: Request[] = [];
let connections = 0;

const server = createServer((request, response) => void serveRequest(request, response));
server.on('connection', () => {
  connections++;
});

/** @returns the base URL, for both providers */
async function startProvider(): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** The answers of the next requests, in order; the turn is ended after them. */
function setCommands(given: string[]): void {
  commands = [...given];
  requests = [];
  connections = 0;
}

/** The requests since `play` are counted only here, so that counting takes no time of the steps. */
function readLog(): ProviderLog {
  const cache = new ProviderCache();
  const anthropic = requests.filter(({ path }) => providerOf(path) === 'anthropic');
  return {
    handledMs: requests.map(({ handledMs }) => handledMs),
    sent: anthropic.map(({ body }) => cache.count(JSON.parse(body) as AnthropicRequest)),
    connections,
  };
}

async function serveRequest(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
  const startedAtMs = performance.now();
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) chunks.push(chunk as Buffer);
  const request: Request = { path: incoming.url ?? '', body: Buffer.concat(chunks).toString(), handledMs: 0 };
  requests.push(request);
  response.once('finish', () => {
    request.handledMs = performance.now() - startedAtMs;
  });
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  response.end(encodeAnswer(providerOf(request.path), takeNextAnswer(request)));
}

/** A request for a summary offers no tools. */
function takeNextAnswer({ body }: Request): ScriptedAnswer {
  if (!body.includes('"tools":')) return summary;
  const command = commands.shift();
  return command === undefined ? done : { command };
}

const answers = { start: startProvider, play: setCommands, played: readLog };
export type ProviderAnswers = typeof answers;

answerParent(answers);
