// How a server that speaks as OpenAI does is reached: its address, its key if it has one, and its stream to its very end.
import OpenAI from 'openai';
import { boundedFetch } from '../../bounded-fetch.ts';
import type { AskSettings } from '../provider.ts';
import { apiUrlOf } from './openai-address.ts';

export function openOpenAi({ apiKey, baseUrl }: AskSettings): OpenAI {
  return new OpenAI({
    // The SDK refuses to be made without a key; a server that needs none gets no header.
    apiKey: apiKey || 'none',
    ...(apiKey === '' && { defaultHeaders: { authorization: null } }),
    baseURL: apiUrlOf(baseUrl),
    // The SDK would read the environment without these.
    adminAPIKey: null,
    organization: null,
    project: null,
    webhookSecret: null,
    // The engine asks again and logs itself.
    maxRetries: 0,
    logLevel: 'off',
    fetch: fetchWithWholeErrors,
  });
}

/** The SDK reads errors below `error` only; some servers send them without it, or as a text. */
async function fetchWithWholeErrors(url: string | URL | Request, init?: RequestInit): Promise<Response> {
  const response = await boundedFetch(url, init);
  if (response.ok) return response;
  const { status, headers } = response;
  return new Response(JSON.stringify({ error: wholeErrorOf(await response.text()) }), { status, headers });
}

function wholeErrorOf(text: string): object {
  const body = parseJson(text);
  if (typeof body !== 'object' || body === null) return { message: text };
  const { error = body } = body as { error?: unknown };
  if (typeof error === 'string') return { message: error };
  if (typeof error !== 'object' || error === null) return { message: text };
  const { message, detail } = error as { message?: unknown; detail?: unknown };
  return { ...error, message: message ?? detail ?? text };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Sees whether a stream ends as one that is complete does: the SDK keeps that to itself. */
export class EndWatch {
  #tail = '';
  readonly #decoder = new TextDecoder('latin1');

  watch(response: Response): Response {
    const through = new TransformStream<Uint8Array, Uint8Array>({
      transform: (bytes, controller) => {
        this.#tail = (this.#tail + this.#decoder.decode(bytes.subarray(-32))).slice(-32);
        controller.enqueue(bytes);
      },
    });
    const { status, headers } = response;
    return new Response(response.body?.pipeThrough(through) ?? null, { status, headers });
  }

  get isComplete(): boolean {
    return /\[DONE\]\s*$/.test(this.#tail);
  }
}
