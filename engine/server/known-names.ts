// Origins and host names that an operator lists, with wildcards: brought into one spelling, and matched.
import { domainToASCII } from 'node:url';

const anyName = '*';
/** A label that stands for the wildcard while URL parses the origin. */
const wildcardPlaceholder = 'any-label-at-all';

/** The labels that a wildcard may stand for. */
const labels = /^[\w-]+(\.[\w-]+)*$/;

export class KnownNames {
  readonly isAny: boolean;
  readonly #exact: ReadonlySet<string>;
  readonly #wildcards: readonly { start: string; end: string }[];

  /** @param names as `parseOrigin` or `parseHostName` spells them */
  constructor(names: readonly string[]) {
    this.isAny = names.includes(anyName);
    this.#exact = new Set(names.filter((name) => !name.includes(anyName)));
    this.#wildcards = names
      .filter((name) => name.includes(anyName) && name !== anyName)
      .map((name) => ({ start: name.slice(0, name.indexOf(anyName)), end: name.slice(name.indexOf(anyName) + 1) }));
  }

  /** Whether the name is listed, by itself or by a wildcard; `*` alone doesn't list it. */
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
  if (!isWeb) return rest.includes(anyName) ? undefined : given; // Extensions of browsers and apps have schemes of their own.
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
  const ascii = /^[\w.-]+$/.test(name) ? name.toLowerCase() : domainToASCII(name); // `domainToASCII` refuses "_", which names of compose have.
  return labels.test(ascii) ? `${wildcard}${ascii}` : undefined;
}
