// What the console asks of the engine over REST, kept while it is fresh. The client itself asks again where that is safe.
import { QueryCache, QueryClient } from '@tanstack/react-query';
import { LucidError } from '../lucid.ts';

/** Under which it is kept who is signed in. */
export const signInKey = ['sign-in'];

export const queryClient = new QueryClient({
  queryCache: new QueryCache({
    // A sign-in that has ended shows the way in, in place of a page that can't go on.
    onError: (error) => {
      if (error instanceof LucidError && error.code === 'notAuthenticated')
        void queryClient.invalidateQueries({ queryKey: signInKey });
    },
  }),
  // An engine on this machine answers without a network, too: whether it can be reached is seen by asking it.
  defaultOptions: {
    mutations: { networkMode: 'always' },
    queries: { networkMode: 'always', retry: false, staleTime: 2_000, refetchOnWindowFocus: true },
  },
});
