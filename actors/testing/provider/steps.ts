// What the stand-in plays for one request.
import type { ServerResponse } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import type { PlayedAnswer, PlayedFailure, Wire } from './wire.ts';

type Playing = {
  response: ServerResponse;
  wire: Wire;
  /** Whether nobody reads any more. */
  isClosed(): boolean;
};

/** Resolves when there is nothing more to play; a step that leaves its connection open does so too. */
export type Step = (playing: Playing) => Promise<void>;

const streamHeaders = { 'content-type': 'text/event-stream; charset=utf-8', 'cache-control': 'no-cache' };

const playEvents =
  (events: (wire: Wire) => string[]): Step =>
  async ({ response, wire }) => {
    response.writeHead(200, streamHeaders);
    for (const event of events(wire)) response.write(event);
    response.end();
  };

/** An answer: text, thoughts, calls, whole. */
export const answer = (said: PlayedAnswer = {}): Step => playEvents((wire) => wire.answer(said));

/** An answer that runs into its limit in the middle of its last call. */
export const cutInCall = (said: PlayedAnswer): Step => playEvents((wire) => wire.cutInCall(said));

/** A call whose input is no JSON. */
export const brokenCall = (): Step => playEvents((wire) => wire.brokenCall());

/** The model refuses. */
export const refusal = (): Step => playEvents((wire) => wire.refusal());

/** Bytes as they are given, instead of a stream that makes sense. */
export const bytes = (text: string): Step => playEvents(() => [text]);

/** An error after the answer has begun. */
export const errorInStream = (status: number, failure: PlayedFailure = {}): Step =>
  playEvents((wire) => [...beginAnswer(wire), wire.errorEvent(status, failure)]);

/** A refusal of the provider, with a status. */
export const failure =
  (status: number, said: PlayedFailure = {}): Step =>
  async ({ response, wire }) => {
    response.writeHead(status, {
      'content-type': 'application/json',
      ...(said.retryAfter !== undefined && { 'retry-after': said.retryAfter }),
      ...said.headers,
    });
    response.end(wire.failure(status, said));
  };

/** The beginning of an answer: its text without its end. */
const beginAnswer = (wire: Wire, text = 'And then '): string[] => {
  const events = wire.answer({ text });
  return events.slice(0, events.findIndex((event) => event.includes(text)) + 1);
};

/** The connection breaks in the middle of an answer. */
export const cutStream =
  (text?: string): Step =>
  async ({ response, wire }) => {
    response.writeHead(200, streamHeaders);
    await writeText(response, beginAnswer(wire, text).join(''));
    response.destroy();
  };

/** The stream ends properly in the middle of the answer. */
export const endedStream = (text?: string): Step => playEvents((wire) => beginAnswer(wire, text));

/** A whole answer on a connection that stays open. */
export const answerWithoutEnd =
  (said: PlayedAnswer): Step =>
  async ({ response, wire }) => {
    response.writeHead(200, streamHeaders);
    for (const event of wire.answer(said)) response.write(event);
  };

/** The answer begins, and nothing more comes. */
export const silence =
  (text?: string): Step =>
  async ({ response, wire }) => {
    response.writeHead(200, streamHeaders);
    for (const event of beginAnswer(wire, text)) response.write(event);
  };

/** Nothing comes, not even a status. */
export const nothing = (): Step => async () => undefined;

/** The answer begins, and only what keeps connections alive comes after it, for ever. */
export const comments =
  (everyMs = 5): Step =>
  async ({ response, wire, isClosed }) => {
    response.writeHead(200, streamHeaders);
    for (const event of beginAnswer(wire)) response.write(event);
    while (!isClosed()) {
      response.write(wire.comment);
      await delay(everyMs);
    }
  };

/** Text without end, as fast as it is read, until so many bytes or until nobody reads. */
export const flood =
  (bytesMax: number): Step =>
  async ({ response, wire, isClosed }) => {
    response.writeHead(200, streamHeaders);
    const text = 'x'.repeat(64 * 1024);
    const [fragment = ''] = beginAnswer(wire, text).slice(-1);
    for (const event of beginAnswer(wire)) response.write(event);
    for (let sent = 0; sent < bytesMax && !isClosed(); sent += text.length) {
      await writeText(response, fragment);
    }
    if (!isClosed()) response.end();
  };

/** Resolves when the bytes are sent, or the connection is closed. */
const writeText = (response: ServerResponse, text: string): Promise<void> =>
  new Promise((resolve) => {
    response.write(text, () => resolve());
  });

/** The same with more headers, such as those that tell what is left of a limit. */
export const withHeaders =
  (headers: Record<string, string>, step: Step): Step =>
  (playing) => {
    for (const [name, value] of Object.entries(headers)) playing.response.setHeader(name, value);
    return step(playing);
  };
