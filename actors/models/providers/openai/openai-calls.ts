// The calls of an answer while they are written: in pieces, whole, with ids and indexes or without, as each server does it.
import * as v from 'valibot';
import type { ToolCall } from '../../../../schema/event.ts';
import { createId } from '../../../create-id.ts';

const text = v.nullish(v.string(), '');
export const CallPiece = v.object({
  index: v.nullish(v.number()),
  id: text,
  function: v.nullish(
    v.object({
      name: text,
      /** A piece of JSON, or the whole as an object. */
      arguments: v.nullish(v.union([v.string(), v.record(v.string(), v.unknown())])),
    }),
  ),
});
export type CallPiece = v.InferOutput<typeof CallPiece>;

type WrittenCall = {
  index: number | null | undefined;
  /** As the server gave it; empty where it gave none. */
  givenId: string;
  id: string;
  name: string;
  json: string;
  whole?: object;
};

/** What a piece added to a call. */
export type ReadPiece = { call: Pick<ToolCall, 'id' | 'name'>; text: string };

export type ReadCalls = { calls: ToolCall[]; brokenName?: string };

export class OpenAiCalls {
  readonly #calls: WrittenCall[] = [];
  readonly #takeId: (given: string) => string;

  /** @param takeId gives a call an id of its own */
  constructor(takeId: (given: string) => string) {
    this.#takeId = takeId;
  }

  addPiece({ index, id, function: called }: CallPiece): ReadPiece {
    const { name = '', arguments: given } = called ?? {};
    const call = this.#findOrBegin({ index, id, name });
    call.name ||= name;
    if (typeof given === 'object' && given !== null) {
      call.whole = given;
      return { call, text: JSON.stringify(given) };
    }
    call.json += given ?? '';
    return { call, text: given ?? '' };
  }

  /** A piece continues the call of its index; one with another id, or with another name than that, begins a new one. */
  #findOrBegin(piece: PieceStart): WrittenCall {
    const { index, id } = piece;
    const last = this.#calls.findLast((call) => typeof index !== 'number' || call.index === index);
    if (last && !isNextCall(last, piece)) {
      last.givenId ||= id;
      return last;
    }
    const call = {
      index,
      givenId: id,
      id: this.#takeId(id || `call_${createId().replaceAll('-', '')}`),
      name: '',
      json: '',
    };
    this.#calls.push(call);
    return call;
  }

  /** @param mayBeHalf whether the answer ran into its limit: its last call is left out unless it is whole */
  readCalls(mayBeHalf: boolean): ReadCalls {
    const calls: ToolCall[] = [];
    for (const [at, { id, name, json, whole }] of this.#calls.entries()) {
      const isHalf = mayBeHalf && at === this.#calls.length - 1;
      if (isHalf && json === '' && !whole) break;
      const input = whole ?? parseInput(json);
      if (isHalf && !input) break;
      if (!input || name === '') return { calls, brokenName: name };
      calls.push({ id, name, input });
    }
    return { calls };
  }
}

type PieceStart = { index: number | null | undefined; id: string; name: string };

/** Without ids and indexes a name tells that the next call begins, once the one before it has its input. */
function isNextCall({ givenId, name, json, whole }: WrittenCall, next: PieceStart): boolean {
  if (next.id !== '' && givenId !== '') return next.id !== givenId;
  if (next.name === '' || name === '' || typeof next.index === 'number' || next.id !== '') return false;
  return next.name !== name || whole !== undefined || (json !== '' && parseInput(json) !== undefined);
}

/** Nothing stands for no input. Some servers encode the JSON twice. */
export function parseInput(json: string): object | undefined {
  let value: unknown = json.trim() === '' ? {} : json;
  for (let times = 0; times < 2 && typeof value === 'string'; times++) value = parseJson(value);
  if (value === null) return {};
  return typeof value === 'object' && !Array.isArray(value) ? value : undefined;
}

function parseJson(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return undefined;
  }
}
