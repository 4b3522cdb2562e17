// What can be chosen for a session, as the engine lists it when the choice is shown.
import { queryOptions } from '@tanstack/react-query';
import type { Lucid } from '../lucid.ts';

type Choosable = Awaited<ReturnType<Lucid['sessions']['models']>>;
export type ChoosableModel = Choosable['models'][number];

/** Another set of models is another start of the engine: this one holds for as long as a page is open for a task. */
const staleMs = 5 * 60_000;

export const choosableQuery = (lucid: Lucid) =>
  queryOptions({
    queryKey: ['choosable'],
    queryFn: ({ signal }) => lucid.sessions.models({ signal }),
    staleTime: staleMs,
  });
