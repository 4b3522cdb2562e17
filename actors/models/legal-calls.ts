// Calls as every provider takes them back, whatever a model, a proxy or another provider wrote.
import { createHash } from 'node:crypto';
import type { ToolCall } from '../../schema/event.ts';
import { takeFreeId } from './free-id.ts';
import type { AnsweredCall, ContextEntry } from './model.ts';

/** Google's limit; Anthropic takes 128. */
const nameCharsMax = 64;
const legalName = new RegExp(`^[a-zA-Z_][a-zA-Z0-9_-]{0,${nameCharsMax - 1}}$`);
/** Anthropic's ids have some 30 characters of this alphabet. */
const idCharsMax = 64;
const legalId = new RegExp(`^[a-zA-Z0-9_-]{1,${idCharsMax}}$`);

/**
 * The same conversation with calls that no provider refuses: names and ids in the providers' alphabets, each id once, inputs that
 * are objects of well-formed text. What a provider refuses in one call it would refuse with every later message. What is
 * legal stays the same object, and what is mended depends on what stands before it alone, so that a request still begins
 * with the whole last one.
 */
export function legalizeCalls(context: readonly ContextEntry[]): readonly ContextEntry[] {
  const ids = new Set<string>();
  return context.map((entry) => {
    if (entry.kind !== 'answer' || entry.calls.length === 0) return entry;
    return { ...entry, calls: entry.calls.map((answered) => giveFreeId(answered, ids)) };
  });
}

function giveFreeId({ call, observation }: AnsweredCall, ids: Set<string>): AnsweredCall {
  const legal = legalizeCall(call);
  const id = takeFreeId(legal.id, ids);
  return { call: id === legal.id ? legal : { ...legal, id }, observation };
}

/** Each call is checked once, though its conversation is sent with every step. */
const legalByCall = new WeakMap<ToolCall, ToolCall>();

function legalizeCall(call: ToolCall): ToolCall {
  const known = legalByCall.get(call);
  if (known) return known;
  const { id, name, input } = call;
  const isLegal = legalId.test(id) && legalName.test(name) && isObject(input) && isWellFormed(input);
  const legal = isLegal ? call : { ...call, id: legalIdOf(id), name: legalNameOf(name), input: legalInputOf(input) };
  legalByCall.set(call, legal);
  return legal;
}

const legalNameOf = (name: string): string =>
  legalName.test(name) ? name : `_${name.replaceAll(/[^a-zA-Z0-9_-]+/g, '_')}`.slice(0, nameCharsMax);

/** A digest of the old id keeps two ids apart. */
function legalIdOf(id: string): string {
  if (legalId.test(id)) return id;
  const digest = createHash('sha256').update(id).digest('hex').slice(0, 16);
  return `${id.replaceAll(/[^a-zA-Z0-9_-]+/g, '_').slice(0, idCharsMax - 17)}-${digest}`;
}

const isObject = (input: unknown): input is object =>
  typeof input === 'object' && input !== null && !Array.isArray(input);

/** JSON writes half of a surrogate pair as an escape, and whole ones as they are. */
const isWellFormed = (input: unknown): boolean => !/\\ud[89a-f]/i.test(JSON.stringify(input) ?? '');

function legalInputOf(input: unknown): object {
  if (input === undefined || input === null) return {};
  return wellFormedOf(isObject(input) ? input : { input });
}

/** Mends keys too. A text that spells such an escape out stays as it is. */
const wellFormedOf = <Value>(value: Value): Value => {
  if (typeof value === 'string') return value.toWellFormed() as Value;
  if (Array.isArray(value)) return value.map(wellFormedOf) as Value;
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, part]) => [key.toWellFormed(), wellFormedOf(part)]),
  ) as Value;
};
