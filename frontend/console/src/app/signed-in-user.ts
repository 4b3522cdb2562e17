// Who is signed in, and the ways in and out.
import { queryOptions, useQuery } from '@tanstack/react-query';
import { queryClient } from './query-client.ts';

export type SignIn = {
  user: { id: string; name: string } | null;
  isAdmin: boolean;
  /** How one signs in here: by a name, at a provider (OpenID Connect), or through a front end that hands a token over. */
  signIn: 'name' | 'oidc' | 'token';
  expiresAt: string | null;
};

const path = '/console/session';

export const signInQuery = queryOptions({
  queryKey: ['sign-in'],
  queryFn: () => ask<SignIn>({ method: 'GET' }),
  staleTime: 60_000,
});

export const useSignIn = () => useQuery(signInQuery);

export async function signInByName(name: string): Promise<void> {
  queryClient.setQueryData(signInQuery.queryKey, await ask<SignIn>({ method: 'POST', body: JSON.stringify({ name }) }));
}

/** Goes to the provider's page, and from there back to the page that is shown. */
export function signInAtProvider(): void {
  const back = encodeURIComponent(location.pathname + location.search);
  location.assign(`/console/sign-in?return=${back}`);
}

export async function signOut(): Promise<void> {
  const { signOutUrl } = await ask<{ signOutUrl: string | null }>({ method: 'DELETE' });
  queryClient.clear();
  location.assign(signOutUrl ?? '/console/');
}

/** @throws Error with the engine's own words */
async function ask<Answer>(request: RequestInit): Promise<Answer> {
  const answer = await fetch(path, { ...request, headers: { 'Content-Type': 'application/json' } });
  const said: Answer & { detail?: string } = await answer.json();
  if (!answer.ok) throw new Error(said.detail ?? `The engine answered ${answer.status}.`);
  return said;
}
