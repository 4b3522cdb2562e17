// A server's JSON Schema rewritten with what every provider takes: a provider refuses a whole request for one wrong keyword. Pure.

import { openSchemaBounds, takeSchema } from './schema-bounds.ts';

type Json = Record<string, unknown>;

/** How deep schemas are followed, references included; what lies deeper may be anything. */
const depthMax = 8;
/** Properties of one object, and choices of one value. */
const propertiesMax = 100;
const choicesMax = 200;
/** Names and choices of one place that are looked at: a place may be referred to from all others. */
const readMax = 1_000;
/** Characters of a reference. */
const referenceCharsMax = 500;
/** Parts of a schema with all that it refers to, which may be itself. */
const partsMax = 400;
/** Characters of one description within a schema. */
const descriptionCharsMax = 500;
/** Characters of a whole schema; one that is larger says nothing but that it is an object. */
const schemaCharsMax = 8_000;

const types = new Set(['string', 'number', 'integer', 'boolean', 'array', 'object', 'null']);
const countWords = ['minLength', 'maxLength', 'minItems', 'maxItems'];
const numberWords = ['minimum', 'maximum'];
/** Anthropic's rule for the names of properties, the strictest. */
const legalProperty = /^[a-zA-Z0-9_.-]{1,64}$/;

const isJson = (value: unknown): value is Json => typeof value === 'object' && value !== null && !Array.isArray(value);

/** Of an object of which nothing is said. */
export const anyObject = (): Json => ({ type: 'object', properties: {} });

/**
 * Never throws, and always gives the schema of an object.
 * @param bounds what may be read of the schemas of its server
 * @returns undefined for one that is too large
 */
export function legalizeServedSchema(given: unknown, bounds = openSchemaBounds()): Json | undefined {
  const root = isJson(given) ? given : {};
  if (!takeSchema(root, bounds)) return undefined;
  const { anyOf, oneOf, allOf, ...top } = root; // Anthropic takes no variants at the top.
  const parts = Math.min(partsMax, bounds.parts);
  const left = { parts };
  const legal = legalizeObject(top, { root, depth: 0, left });
  bounds.parts -= parts - Math.max(0, left.parts);
  return JSON.stringify(legal).length <= schemaCharsMax ? legal : undefined;
}

type Place = { root: Json; depth: number; left: { parts: number } };

function legalize(given: unknown, place: Place): Json {
  if (!isJson(given) || place.depth >= depthMax || place.left.parts-- <= 0) return {};
  const inner = { ...place, depth: place.depth + 1 };
  if (typeof given.$ref === 'string') return legalize(findReferred(given.$ref, place.root), inner);
  const type = typesOf(given.type);
  const described = {
    ...descriptionOf(given),
    ...choicesOf(given.enum ?? ('const' in given ? [given.const] : undefined)),
  };
  const variants = variantsOf(given, inner);
  if (type.length === 0 && isJson(given.properties)) return { ...described, ...legalizeObject(given, inner) };
  if (type.includes('object'))
    return { ...described, ...legalizeObject(given, inner), ...typeWordOf(type), ...variants };
  if (type.includes('array'))
    return { ...described, ...typeWordOf(type), ...boundsOf(given), items: itemsOf(given.items, inner), ...variants };
  return { ...described, ...typeWordOf(type), ...boundsOf(given), ...variants };
}

function legalizeObject(given: Json, place: Place): Json {
  const inner = { ...place, depth: place.depth + 1 };
  const entries = isJson(given.properties) ? entriesOf(given.properties) : [];
  const names = new Set(entries.map(([name]) => name));
  const wanted = Array.isArray(given.required) ? given.required.slice(0, readMax) : [];
  const required = [...new Set(wanted.filter((name) => typeof name === 'string' && names.has(name)))];
  return {
    type: 'object',
    properties: Object.fromEntries(entries.map(([name, schema]) => [name, legalize(schema, inner)])),
    ...(required.length > 0 && { required }),
  };
}

/** The first ones with names that every provider takes. */
function entriesOf(properties: Json): [string, unknown][] {
  const entries: [string, unknown][] = [];
  let read = 0;
  for (const name in properties) {
    if (entries.length >= propertiesMax || ++read > readMax) break;
    if (Object.hasOwn(properties, name) && legalProperty.test(name)) entries.push([name, properties[name]]);
  }
  return entries;
}

/** Google wants to know what an array holds. */
function itemsOf(given: unknown, place: Place): Json {
  const items = legalize(Array.isArray(given) ? given[0] : given, place);
  return items.type === undefined && items.anyOf === undefined ? { ...items, type: 'string' } : items;
}

const typesOf = (given: unknown): string[] =>
  (Array.isArray(given) ? given : [given]).filter((type) => typeof type === 'string' && types.has(type));

const typeWordOf = (found: string[]): Json => {
  if (found.length === 0) return {};
  return { type: found.length === 1 ? found[0] : [...new Set(found)] };
};

const descriptionOf = ({ description }: Json): Json =>
  typeof description === 'string' && description !== ''
    ? { description: description.slice(0, descriptionCharsMax).toWellFormed() }
    : {};

function choicesOf(given: unknown): Json {
  if (!Array.isArray(given) || given.length > readMax) return {};
  const choices = [...new Set(given.filter((choice) => ['string', 'number', 'boolean'].includes(typeof choice)))];
  return choices.length === 0 || choices.length > choicesMax ? {} : { enum: choices };
}

function boundsOf(given: Json): Json {
  const isCount = (value: unknown) => Number.isSafeInteger(value) && (value as number) >= 0;
  return Object.fromEntries([
    ...countWords.filter((word) => isCount(given[word])).map((word) => [word, given[word]]),
    ...numberWords.filter((word) => Number.isFinite(given[word])).map((word) => [word, given[word]]),
  ]);
}

function variantsOf(given: Json, place: Place): Json {
  const variants = given.anyOf ?? given.oneOf;
  if (!Array.isArray(variants) || variants.length === 0 || variants.length > propertiesMax) return {};
  return { anyOf: variants.map((variant) => legalize(variant, place)) };
}

/** Follows references within the schema; any other leads to anything. */
function findReferred(reference: string, root: Json): unknown {
  if (!reference.startsWith('#/') || reference.length > referenceCharsMax) return {};
  let found: unknown = root;
  for (const part of reference.slice(2).split('/')) {
    const name = part.replaceAll('~1', '/').replaceAll('~0', '~');
    found = isJson(found) && Object.hasOwn(found, name) ? found[name] : undefined;
  }
  return found;
}
