// What the console asks of the engine over REST, kept while it is fresh. The client itself asks again where that is safe.
import { QueryClient } from '@tanstack/react-query';

export const queryClient = new QueryClient({
  defaultOptions: { queries: { retry: false, staleTime: 2_000, refetchOnWindowFocus: true } },
});
