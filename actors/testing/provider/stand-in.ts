// What the stand-in needs of each provider, from `testing/stand-in.ts` in the provider's folder.
import type { IncomingMessage } from 'node:http';
import type { ModelBounds } from '../../models/provider-model.ts';
import type { Provider } from '../../models/providers/provider.ts';
import { providerNames } from '../../models/providers/registry.ts';
import type { PlayedCall, Wire } from './wire.ts';

/** The same calls as the models of each provider make them: with the tools that they are offered, and with ids or without. */
export type Calls = {
  shell(command: string): PlayedCall;
  read(path: string): PlayedCall;
  edit(path: string, oldText: string, newText: string): PlayedCall;
  finish(message: string): PlayedCall;
};

type OtherInterface = Pick<StandIn, 'takes' | 'wire'> & { name: string; load: Provider['load'] };

export type StandIn = {
  wire: Wire;
  calls: Calls;
  /** Whether a request to this path is for it. */
  takes(path: string): boolean;
  /** The key that a request came with. */
  keyOf(headers: IncomingMessage['headers']): string | undefined;
  /** Its status when it is overloaded. */
  overloadedStatus: number;
  /** Its words for a conversation that is too long. */
  tooLongMessage: string;
  /** What stands before the `data:` of an event that begins an answer. */
  eventHead: string;
  /** Bounds by which an answer ends soon that is complete and whose stream goes on. */
  endlessBounds: Partial<ModelBounds>;
  /** Whether it says what it wrote to its cache. */
  countsCacheWrites: boolean;
  /** The answer to a check of a good key. */
  goodKeyBody: string;
  /** Other interfaces of the provider, which have to pass the same tests. */
  others?: readonly OtherInterface[];
};

/** Found by their file's name, so that a provider needs no other line. */
const standIns = new Map<string, StandIn>(
  await Promise.all(
    providerNames.map(async (name): Promise<[string, StandIn]> => {
      const module: { standIn: StandIn } = await import(`../../models/providers/${name}/testing/stand-in.ts`);
      return [name, module.standIn];
    }),
  ),
);

export function standInOf(provider: string): StandIn {
  const standIn = standIns.get(provider);
  if (!standIn) throw new Error(`There is no provider named ${provider}.`);
  return standIn;
}

/** How the provider speaks on a path. */
export function wireOf(provider: string, path: string): Wire {
  const { others = [], wire } = standInOf(provider);
  return others.find(({ takes }) => takes(path))?.wire ?? wire;
}

export const callsOf = (provider: string): Calls => standInOf(provider).calls;

/** Whom a request is for, as its path tells. */
export const providerOfPath = (path: string): string =>
  providerNames.find((name) => standInOf(name).takes(path)) ?? 'nobody';
