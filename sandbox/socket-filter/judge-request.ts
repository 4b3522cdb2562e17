// Judges a request to Docker: says what is sent in its place, or why nothing is. Nothing is passed on as it came. Pure.
import type { AllowedValues, BodyNeed } from './request-bodies.ts';
import { type RequestRule, type ResourceKind, requestRules } from './request-rules.ts';

/** A request as it came; its body is text, empty where there is none. */
export type FilteredRequest = { method: string; target: string; body: string; isUpgrade: boolean };

export type AllowedRequest = {
  isAllowed: true;
  method: RequestRule['method'];
  /** The resource that the request names, which must be the engine's own. */
  resource: { kind: ResourceKind; name: string } | undefined;
  needs: BodyNeed[];
  /** @param id Docker's id of the resource */
  buildPath(id: string): string;
  body: object | undefined;
  /** Whether Docker takes the connection over from HTTP. */
  isHijacked: boolean;
};

/** 404 is for what isn't the engine's own. */
export type Refusal = { isAllowed: false; status: 403 | 404; reason: string };

export const makeRefusal = (reason: string): Refusal => ({ isAllowed: false, status: 403, reason });

/** Names have no escapes and no dots at the beginning, so that Docker reads what was judged. */
const plainName = /^[a-zA-Z0-9][a-zA-Z0-9_.-]{0,254}$/;

export function judgeRequest(
  { method, target, body, isUpgrade }: FilteredRequest,
  allowed: AllowedValues,
): AllowedRequest | Refusal {
  const [path = '', search = '', ...more] = target.split('?');
  const found = more.length === 0 ? findRule(method, path, allowed) : undefined;
  if (!found) return makeRefusal(`${method} ${path.slice(0, 200)} is nothing that the engine needs`);
  const { rule, name } = found;
  const isHijacked = rule.isHijacked ?? false;
  if (isHijacked !== isUpgrade)
    return makeRefusal(`${rule.path} is ${isHijacked ? 'only' : 'never'} asked as an upgrade`);
  const query = rule.makeQuery(new URLSearchParams(search), allowed);
  if (query === undefined) return makeRefusal(`what ${rule.path} is asked with is not what the engine asks`);
  const made = rule.makeBody?.(parseBody(body), allowed, query);
  if (made && !made.isAllowed)
    return makeRefusal(`the body of ${rule.path} is not what the engine sends: ${made.reason}`);
  const text = new URLSearchParams(query).toString();
  return {
    isAllowed: true,
    method: rule.method,
    resource: rule.resource && { kind: rule.resource, name },
    needs: made?.needs ?? [],
    buildPath: (id) => pathOf(rule, id, allowed) + (text === '' ? '' : `?${text}`),
    body: made?.body,
    isHijacked,
  };
}

function findRule(
  method: string,
  path: string,
  allowed: AllowedValues,
): { rule: RequestRule; name: string } | undefined {
  const names = path.split('/').filter((part) => plainName.test(part));
  const hasNetwork = allowed.network !== undefined;
  for (const rule of requestRules.filter(
    (rule) => rule.method === method && (hasNetwork || !rule.path.includes('{network}')),
  ))
    for (const name of rule.resource === undefined ? [''] : names)
      if (pathOf(rule, name, allowed) === path) return { rule, name };
  return undefined;
}

const pathOf = (rule: RequestRule, id: string, { image, network }: AllowedValues): string =>
  rule.path
    .replace('{id}', id)
    .replace('{image}', image)
    .replace('{network}', network ?? '');

/** The last of a repeated key counts, also in the body that is built from it; undefined for what isn't JSON. */
function parseBody(body: string): unknown {
  try {
    return body === '' ? {} : JSON.parse(body);
  } catch {
    return undefined;
  }
}
