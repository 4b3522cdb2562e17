// Origins and host names as an operator lists them, wildcards and all: brought into one spelling, and matched.
import { domainToASCII } from 'node:url';

/** Any name. */
const any = '*';
/** As a label that URL keeps where a wildcard stands. */
const placeholder = 'any-label-at-all';

/** What a wildcard may stand for: one label or several. */
const labels = /^[\w-]+(\.[\w-]+)*$/;

export class KnownNames {
  /** Whether everything is known. */
  readonly isAny: boolean;
  readonly #exact: ReadonlySet<string>;
  readonly #wildcards: readonly { start: string; end: string }[];

  /** @param names in the spelling of `originOf` or `hostNameOf` */
  constructor(names: readonly string[]) {
    this.isAny = names.includes(any);
    this.#exact = new Set(names.filter((name) => !name.includes(any)));
    this.#wildcards = names
      .filter((name) => name.includes(any) && name !== any)
      .map((name) => ({ start: name.slice(0, name.indexOf(any)), end: name.slice(name.indexOf(any) + 1) }));
  }

  /** Whether it is listed by itself or by a wildcard; that everything is known doesn't count. */
  names(name: string): boolean {
    return this.#exact.has(name) || this.#wildcards.some((wildcard) => fits(name, wildcard));
  }

  has(name: string): boolean {
    return this.isAny || this.names(name);
  }
}

const fits = (name: string, { start, end }: { start: string; end: string }): boolean =>
  name.length > start.length + end.length &&
  name.startsWith(start) &&
  name.endsWith(end) &&
  labels.test(name.slice(start.length, -end.length));

/** An origin as browsers send it, or `https://*.example.com`, or `*`; undefined for what could never match. */
export function originOf(given: string): string | undefined {
  if (given === any) return any;
  const [, scheme = '', rest = ''] = /^([a-z][a-z0-9+.-]*):\/\/([^\s/,@?#]+)$/i.exec(given) ?? [];
  if (rest === '' || /\*(?!\.)|.\*/.test(rest)) return undefined;
  const isWeb = /^https?$/i.test(scheme);
  if (!isWeb) return rest.includes(any) ? undefined : given; // A browser's extension, or an app's own scheme.
  try {
    return new URL(`${scheme}://${rest.replace(any, placeholder)}`).origin.replace(placeholder, any);
  } catch {
    return undefined;
  }
}

/** A host's name without its port, or `*.example.com`, or `*`; undefined for what could never match. */
export function hostNameOf(given: string): string | undefined {
  if (given === any) return any;
  const [, wildcard = '', name = ''] = /^(\*\.)?([\p{L}\p{N}_.-]+)$/u.exec(given) ?? [];
  const ascii = /^[\w.-]+$/.test(name) ? name.toLowerCase() : domainToASCII(name); // Which refuses "_", as in compose's names.
  return labels.test(ascii) ? `${wildcard}${ascii}` : undefined;
}
