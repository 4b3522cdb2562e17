// How the text of a variable is turned into its value.
import * as v from 'valibot';
import { providerNames } from '../../actors/models/providers/registry.ts';
import { parseAllowedHosts } from '../../sandbox/outbound/allowed-hosts.ts';

export const text = v.pipe(v.string(), v.minLength(1));
export const matching = (pattern: RegExp) => v.pipe(v.string(), v.regex(pattern));
export const wholeNumber = (min: number, max: number) =>
  v.pipe(matching(/^\d{1,12}$/), v.transform(Number), v.minValue(min), v.maxValue(max));
export const secondsInMs = (min: number, max: number) =>
  v.pipe(
    matching(/^\d{1,9}(\.\d{1,3})?$/),
    v.transform(Number),
    v.minValue(min),
    v.maxValue(max),
    v.transform((seconds) => seconds * 1_000),
  );
const unitBytes = { b: 1, k: 1024, m: 1024 ** 2, g: 1024 ** 3 };
export const bytes = v.pipe(
  matching(/^[1-9]\d{0,12}[bkmg]?$/i),
  v.transform((text) => {
    const unit = text.slice(-1).toLowerCase();
    return unit in unitBytes ? Number(text.slice(0, -1)) * unitBytes[unit as keyof typeof unitBytes] : Number(text);
  }),
);
/** Names separated by commas, each changed to the spelling that it is compared in. */
export const namesBy = (read: (given: string) => string | undefined) =>
  v.pipe(
    v.string(),
    v.transform((list) => list.split(',').map((item) => read(item.trim()))),
    v.array(v.string()),
  );

export const namesOrNone = (read: (given: string) => string | undefined) =>
  v.union([
    v.pipe(
      v.literal(''),
      v.transform((): string[] => []),
    ),
    namesBy(read),
  ]);
/** A domain as it is compared: whole, in small letters, without wildcards. */
export const parseDomain = (given: string) => (/^[\w-]+(\.[\w-]+)+$/.test(given) ? given.toLowerCase() : undefined);

/** A model with its provider, whole or as a beginning with `*`. */
export const parseModelName = (given: string) =>
  providerNames.some((name) => given.startsWith(`${name}/`)) && /^[^\s*]+\*?$/.test(given) ? given : undefined;

export const allowedHosts = v.pipe(
  v.string(),
  v.transform(parseAllowedHosts),
  v.check((hosts) => hosts.ok),
  v.transform((hosts) => (hosts.ok ? hosts.value : new Set<string>())),
);

export const proxyAccepts = 'the http:// or https:// URL of a proxy';
/** A proxy's URL may lack its scheme, since other programs take it so. */
export const proxyUrl = v.pipe(
  v.string(),
  v.transform((given) => (given.includes('://') ? given : `http://${given}`)),
  v.regex(/^https?:\/\/[^\s/?#]+\/?$/),
  v.check((url) => URL.canParse(url)),
);

/** A URL that is refused may have a password in it, which is for no log. */
export const hideUserInfo = (value: string): string => value.replace(/\/\/\S*@/g, '//…@');
