// Judges a request to Docker: says what is sent in its place, or why nothing is. Nothing is passed on as it came. Pure.
import type { AllowedValues, BodyNeed } from './request-bodies.ts';
import { type RequestRule, requestRules, type ThingKind } from './request-rules.ts';

/** As it came; the body as text, empty where there is none. */
export type FilteredRequest = { method: string; target: string; body: string; isUpgrade: boolean };

export type AllowedRequest = {
  isAllowed: true;
  method: RequestRule['method'];
  /** What must be the engine's own. */
  thing: { kind: ThingKind; name: string } | undefined;
  needs: BodyNeed[];
  /** @param id what Docker knows the thing by */
  path(id: string): string;
  body: object | undefined;
  /** Whether Docker takes the connection over from HTTP. */
  isHijacked: boolean;
};

/** 404 for what is there for others alone. */
export type Refusal = { isAllowed: false; status: 403 | 404; reason: string };

export const makeRefusal = (reason: string): Refusal => ({ isAllowed: false, status: 403, reason });

/** No escapes, no dots at the beginning: what is judged is what Docker understands. */
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
  const query = rule.query(new URLSearchParams(search), allowed);
  if (query === undefined) return makeRefusal(`what ${rule.path} is asked with is not what the engine asks`);
  const made = rule.body?.(parseBody(body), allowed, query);
  if (made && !made.isAllowed)
    return makeRefusal(`the body of ${rule.path} is not what the engine sends: ${made.reason}`);
  const text = new URLSearchParams(query).toString();
  return {
    isAllowed: true,
    method: rule.method,
    thing: rule.of && { kind: rule.of, name },
    needs: made?.needs ?? [],
    path: (id) => pathOf(rule, id, allowed) + (text === '' ? '' : `?${text}`),
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
    for (const name of rule.of === undefined ? [''] : names)
      if (pathOf(rule, name, allowed) === path) return { rule, name };
  return undefined;
}

const pathOf = (rule: RequestRule, id: string, { image, network }: AllowedValues): string =>
  rule.path
    .replace('{id}', id)
    .replace('{image}', image)
    .replace('{network}', network ?? '');

/** The last of a key that comes twice counts, here as in what is made of it; undefined for what is no object. */
function parseBody(body: string): unknown {
  try {
    return body === '' ? {} : JSON.parse(body);
  } catch {
    return undefined;
  }
}
