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

/** A request names one of these; a sandbox is a container that agents act in. */
export type ResourceKind = 'container' | 'sandbox' | 'exec' | 'network' | 'volume';

type Query = Record<string, string>;

export type RequestRule = {
  method: 'GET' | 'POST' | 'DELETE';
  /** `{id}` stands for a resource's name, `{image}` and `{network}` for those that the operator has chosen. */
  path: string;
  /** The kind of resource that `{id}` names. */
  resource?: ResourceKind;
  /** Makes the query that is sent in place of the given one; undefined for one that the engine doesn't send. */
  makeQuery(given: URLSearchParams, allowed: AllowedValues): Query | undefined;
  /** Makes the body that is sent in place of the given one; without it no body is sent. */
  makeBody?(given: unknown, allowed: AllowedValues, query: Query): RebuiltBody;
  isHijacked?: true;
};

const noQuery = () => ({});
const fixedQuery = (query: Query) => () => query;

const isName = v.pipe(v.string(), v.regex(/^[a-zA-Z0-9][\w.-]{0,254}$/));
/** Docker accepts the same names. */
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
  makeQuery: noQuery,
  ...more,
});
const post = (path: string, more: Partial<RequestRule> = {}): RequestRule => ({
  method: 'POST',
  path,
  makeQuery: noQuery,
  ...more,
});
const remove = (path: string, more: Partial<RequestRule> = {}): RequestRule => ({
  method: 'DELETE',
  path,
  makeQuery: fixedQuery({ force: 'true' }),
  ...more,
});

export const requestRules: readonly RequestRule[] = [
  get('/_ping'),
  get('/images/{image}/json'),

  get('/containers/json', { makeQuery: limitToOwn }),
  post('/containers/create', { makeQuery: readOptionalName, makeBody: rebuildContainerBody }),
  get('/containers/{id}/json', { resource: 'container' }),
  get('/containers/{id}/stats', {
    resource: 'container',
    makeQuery: fixedQuery({ stream: 'false', 'one-shot': 'true' }),
  }),
  post('/containers/{id}/start', { resource: 'container' }),
  post('/containers/{id}/attach', {
    resource: 'container',
    makeQuery: (given) => ({
      stream: '1',
      stdout: '1',
      stderr: '1',
      ...(['1', 'true'].includes(given.get('stdin') ?? '') && { stdin: '1' }),
    }),
    isHijacked: true,
  }),
  post('/containers/{id}/wait', { resource: 'container', makeQuery: fixedQuery({ condition: 'removed' }) }),
  post('/containers/{id}/pause', { resource: 'container' }),
  post('/containers/{id}/unpause', { resource: 'container' }),
  post('/containers/{id}/rename', { resource: 'container', makeQuery: readName }),
  post('/containers/{id}/update', { resource: 'sandbox', makeBody: rebuildUpdateBody }),
  remove('/containers/{id}', { resource: 'container', makeQuery: fixedQuery({ force: 'true', v: 'true' }) }),

  post('/containers/{id}/exec', { resource: 'sandbox', makeBody: rebuildExecBody }),
  post('/exec/{id}/start', { resource: 'exec', makeBody: makeExecStartBody, isHijacked: true }),

  get('/networks', { makeQuery: limitToOwn }),
  post('/networks/create', { makeBody: rebuildNetworkBody }),
  get('/networks/{network}'),
  get('/networks/{id}', { resource: 'network' }),
  remove('/networks/{id}', { resource: 'network', makeQuery: noQuery }),

  get('/volumes', { makeQuery: limitToOwn }),
  remove('/volumes/{id}', { resource: 'volume' }),
];
