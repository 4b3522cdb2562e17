// A vendor on loopback that speaks Anthropic's protocol: answers each request at once with the next answer of a script.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { answerParent } from '../processes/parent.ts';
import { type AnthropicBody, AnthropicCache, type CountedRequest } from './sent-request.ts';
import type { SpokenCall } from './speech.ts';
import { type VendorAnswer, writeAnswer } from './vendor-wire.ts';

let answersLeft: VendorAnswer[] = [];
let bodies: AnthropicBody[] = [];

const server = createServer((request, response) => void serveRequest(request, response));

/** @returns the base URL */
async function startVendor(): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** The answers of the next requests, in order; a turn that goes on behind them is ended. */
function play(answers: { text: string; call: SpokenCall | undefined }[]): void {
  answersLeft = [...answers];
  bodies = [];
}

/** Counted only here, so that counting takes no time of the agent's. */
function readRequests(): CountedRequest[] {
  const cache = new AnthropicCache();
  return bodies.map((body) => cache.count(body));
}

async function serveRequest(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) chunks.push(chunk as Buffer);
  if (incoming.method !== 'POST' || !incoming.url?.includes('/messages')) return void response.writeHead(404).end('{}');
  const body = JSON.parse(Buffer.concat(chunks).toString()) as AnthropicBody & { stream?: boolean };
  bodies.push(body);
  const { contentType, text } = writeAnswer(takeNextAnswer(body), body.stream === true);
  response.writeHead(200, { 'content-type': contentType });
  response.end(text);
}

const done: VendorAnswer = { text: 'Done.', call: undefined };
const summary: VendorAnswer = { text: 'Some of the task is done; the rest is left.', call: undefined };

/** A request without tools asks for a summary or a title. */
function takeNextAnswer({ tools = [] }: AnthropicBody): VendorAnswer {
  if (tools.length === 0) return summary;
  return answersLeft.shift() ?? done;
}

const answers = { start: startVendor, play, requests: readRequests };
export type VendorAnswers = typeof answers;

answerParent(answers);
