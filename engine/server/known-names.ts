// Origins and host names as an operator lists them, wildcards and all: brought into one spelling, and matched.
import { domainToASCII } from 'node:url';

/** Any name. */
const anyName = '*';
/** As a label that URL keeps where a wildcard stands. */
const wildcardPlaceholder = 'any-label-at-all';

/** What a wildcard may stand for: one label or several. */
const labels = /^[\w-]+(\.[\w-]+)*$/;

export class KnownNames {
  /** Whether everything is known. */
  readonly isAny: boolean;
  readonly #exact: ReadonlySet<string>;
  readonly #wildcards: readonly { start: string; end: string }[];

  /** @param lists in the spelling of `parseOrigin` or `hostNameOf` */
  constructor(lists: readonly string[]) {
    this.isAny = lists.includes(anyName);
    this.#exact = new Set(lists.filter((name) => !name.includes(anyName)));
    this.#wildcards = lists
      .filter((name) => name.includes(anyName) && name !== anyName)
      .map((name) => ({ start: name.slice(0, name.indexOf(anyName)), end: name.slice(name.indexOf(anyName) + 1) }));
  }

  /** Whether it is listed by itself or by a wildcard; that everything is known doesn't count. */
  lists(name: string): boolean {
    return this.#exact.has(name) || this.#wildcards.some((wildcard) => matchesWildcard(name, wildcard));
  }

  has(name: string): boolean {
    return this.isAny || this.lists(name);
  }
}

const matchesWildcard = (name: string, { start, end }: { start: string; end: string }): boolean =>
  name.length > start.length + end.length &&
  name.startsWith(start) &&
  name.endsWith(end) &&
  labels.test(name.slice(start.length, -end.length));

/** An origin as browsers send it, or `https://*.example.com`, or `*`; undefined for what could never match. */
export function parseOrigin(given: string): string | undefined {
  if (given === anyName) return anyName;
  const [, scheme = '', rest = ''] = /^([a-z][a-z0-9+.-]*):\/\/([^\s/,@?#]+)$/i.exec(given) ?? [];
  if (rest === '' || /\*(?!\.)|.\*/.test(rest)) return undefined;
  const isWeb = /^https?$/i.test(scheme);
  if (!isWeb) return rest.includes(anyName) ? undefined : given; // A browser's extension, or an app's own scheme.
  try {
    return new URL(`${scheme}://${rest.replace(anyName, wildcardPlaceholder)}`).origin.replace(
      wildcardPlaceholder,
      anyName,
    );
  } catch {
    return undefined;
  }
}

/** A host's name without its port, or `*.example.com`, or `*`; undefined for what could never match. */
export function parseHostName(given: string): string | undefined {
  if (given === anyName) return anyName;
  const [, wildcard = '', name = ''] = /^(\*\.)?([\p{L}\p{N}_.-]+)$/u.exec(given) ?? [];
  const ascii = /^[\w.-]+$/.test(name) ? name.toLowerCase() : domainToASCII(name); // Which refuses "_", as in compose's names.
  return labels.test(ascii) ? `${wildcard}${ascii}` : undefined;
}
