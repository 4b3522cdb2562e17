// The engine as the console knows it: one client, whose caller is told by the cookie of whoever signed in.
import { createContext, useContext } from 'react';
import { createClient, type Lucid } from '../../client/index.ts';

export * from '../../client/index.ts';
export { type SessionView, useSession } from '../../client/react.ts';

export const ownLucid: Lucid = createClient({ baseUrl: location.origin, cookie: true });

/** Whose sessions are shown: one's own, or what a share lets one see. */
export const LucidContext = createContext<Lucid>(ownLucid);
export const useLucid = (): Lucid => useContext(LucidContext);
