// Whose models this engine can ask: read from its own document of the API when the choice is shown.
import { queryOptions } from '@tanstack/react-query';

type Document = {
  components?: { schemas?: Record<string, unknown> };
  paths?: Record<string, unknown>;
};

export const providersQuery = queryOptions({
  queryKey: ['providers'],
  queryFn: async ({ signal }) => findProviders(await (await fetch('/openapi.json', { signal })).json()),
  staleTime: Number.POSITIVE_INFINITY, // Another set of providers is another engine.
});

/** The choices of `modelProvider`, wherever the document has it; the one that stands for none isn't one. */
export function findProviders(document: Document): string[] {
  const field = findField(document, 'modelProvider');
  const { enum: choices } = Object(field) as { enum?: unknown };
  return Array.isArray(choices)
    ? choices.filter((name): name is string => typeof name === 'string' && name !== '')
    : [];
}

/** The first schema of a property with this name that has choices. */
function findField(node: unknown, name: string): unknown {
  if (typeof node !== 'object' || node === null) return undefined;
  const own = (node as { properties?: Record<string, unknown> }).properties?.[name];
  if (Array.isArray((Object(own) as { enum?: unknown }).enum)) return own;
  for (const part of Object.values(node)) {
    const found = findField(part, name);
    if (found !== undefined) return found;
  }
  return undefined;
}
