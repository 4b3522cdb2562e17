// Who is signed in, and the ways in and out.
import { queryOptions, useQuery } from '@tanstack/react-query';
import { type Lucid, ownLucid } from '../lucid.ts';
import { queryClient, signInKey } from './query-client.ts';

export type SignIn = Awaited<ReturnType<Lucid['signIn']['read']>>;

const signInQuery = queryOptions({
  queryKey: signInKey,
  queryFn: () => ownLucid.signIn.read(),
  staleTime: 60_000,
});

export const useSignIn = () => useQuery(signInQuery);

export async function signInByName(name: string): Promise<void> {
  queryClient.setQueryData(signInQuery.queryKey, await ownLucid.signIn.begin({ name }));
}

/** @param adminKey of those who operate the engine, who are admins with it */
export async function signInByToken(token: string, adminKey: string): Promise<void> {
  const given = adminKey === '' ? { token } : { token, adminKey };
  queryClient.setQueryData(signInQuery.queryKey, await ownLucid.signIn.begin(given));
}

/** Goes to the provider's page, and from there back to the page that is shown. */
export function signInAtProvider(): void {
  const back = encodeURIComponent(location.pathname + location.search);
  location.assign(`/console/sign-in?return=${back}`);
}

/** Ends at the provider too, where there is one. */
export async function signOut(): Promise<void> {
  const { signOutUrl } = await ownLucid.signIn.end();
  location.assign(signOutUrl ?? '/console/');
}
