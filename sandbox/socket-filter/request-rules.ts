// The table of all that the engine asks Docker for; what isn't in it doesn't pass.
import * as v from 'valibot';
import {
  type AllowedValues,
  filterLabel,
  makeExecStartBody,
  type RebuiltBody,
  rebuildContainerBody,
  rebuildExecBody,
  rebuildNetworkBody,
  rebuildUpdateBody,
} from './request-bodies.ts';

/** What a request names, which must be the engine's own. A sandbox is a container that agents act in. */
export type ThingKind = 'container' | 'sandbox' | 'exec' | 'network' | 'volume';

type Query = Record<string, string>;

export type RequestRule = {
  method: 'GET' | 'POST' | 'DELETE';
  /** With `{id}` for a thing's name, and `{image}` and `{network}` for the only ones there are. */
  path: string;
  /** What `{id}` names. */
  of?: ThingKind;
  /** What is asked in place of what came; undefined where that can't be meant. */
  query(given: URLSearchParams, allowed: AllowedValues): Query | undefined;
  /** Likewise; without it no body is sent. */
  body?(given: unknown, allowed: AllowedValues, query: Query): RebuiltBody;
  isHijacked?: true;
};

const noQuery = () => ({});
const fixedQuery = (query: Query) => () => query;

const isName = v.pipe(v.string(), v.regex(/^[a-zA-Z0-9][\w.-]{0,254}$/));
/** Names are taken as they are; Docker would refuse others all the same. */
const readName = (given: URLSearchParams): Query | undefined => {
  const name = given.getAll('name');
  return name.length === 1 && v.is(isName, name[0]) ? { name: name[0] as string } : undefined;
};

const readOptionalName = (given: URLSearchParams): Query | undefined => (given.has('name') ? readName(given) : {});

const Filters = v.record(
  v.picklist(['id', 'label', 'name', 'dangling', 'network', 'status']),
  v.pipe(v.array(v.pipe(v.string(), v.maxLength(200))), v.maxLength(20)),
);

/** Only what was made through this filter is listed, whatever else is asked. */
const limitToOwn = (given: URLSearchParams, { filterId }: AllowedValues): Query | undefined => {
  const filters = v.safeParse(v.pipe(v.string(), v.parseJson(), Filters), given.get('filters') ?? '{}');
  if (!filters.success) return undefined;
  const label = [...(filters.output.label ?? []), `${filterLabel}=${filterId}`];
  return { ...(given.get('all') === 'true' && { all: 'true' }), filters: JSON.stringify({ ...filters.output, label }) };
};

const get = (path: string, more: Partial<RequestRule> = {}): RequestRule => ({
  method: 'GET',
  path,
  query: noQuery,
  ...more,
});
const post = (path: string, more: Partial<RequestRule> = {}): RequestRule => ({
  method: 'POST',
  path,
  query: noQuery,
  ...more,
});
const remove = (path: string, more: Partial<RequestRule> = {}): RequestRule => ({
  method: 'DELETE',
  path,
  query: fixedQuery({ force: 'true' }),
  ...more,
});

export const requestRules: readonly RequestRule[] = [
  get('/_ping'),
  get('/images/{image}/json'),

  get('/containers/json', { query: limitToOwn }),
  post('/containers/create', { query: readOptionalName, body: rebuildContainerBody }),
  get('/containers/{id}/json', { of: 'container' }),
  get('/containers/{id}/stats', { of: 'container', query: fixedQuery({ stream: 'false', 'one-shot': 'true' }) }),
  post('/containers/{id}/start', { of: 'container' }),
  post('/containers/{id}/attach', {
    of: 'container',
    query: fixedQuery({ stream: '1', stdout: '1', stderr: '1' }),
    isHijacked: true,
  }),
  post('/containers/{id}/wait', { of: 'container', query: fixedQuery({ condition: 'removed' }) }),
  post('/containers/{id}/pause', { of: 'container' }),
  post('/containers/{id}/unpause', { of: 'container' }),
  post('/containers/{id}/rename', { of: 'container', query: readName }),
  post('/containers/{id}/update', { of: 'sandbox', body: rebuildUpdateBody }),
  remove('/containers/{id}', { of: 'container' }),

  post('/containers/{id}/exec', { of: 'sandbox', body: rebuildExecBody }),
  post('/exec/{id}/start', { of: 'exec', body: makeExecStartBody, isHijacked: true }),

  get('/networks', { query: limitToOwn }),
  post('/networks/create', { body: rebuildNetworkBody }),
  get('/networks/{network}'),
  get('/networks/{id}', { of: 'network' }),
  remove('/networks/{id}', { of: 'network', query: noQuery }),

  get('/volumes', { query: limitToOwn }),
  remove('/volumes/{id}', { of: 'volume' }),
];
