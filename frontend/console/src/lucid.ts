// The engine as the console knows it: one client, whose caller is told by the cookie of whoever signed in.
import { createContext, useContext } from 'react';
import { createClient, type Lucid } from '../../client/index.ts';

export * from '../../client/index.ts';
export { type SessionView, useSession } from '../../client/react.ts';

/** Somebody looks at the page: an engine that is silent for so long is told as lost. */
const silenceMaxMs = 12_000;

export const ownLucid: Lucid = createClient({ baseUrl: location.origin, cookie: true, bounds: { silenceMaxMs } });

/** Whose sessions are shown: one's own, or what a share lets one see. */
export const LucidContext = createContext<Lucid>(ownLucid);
export const useLucid = (): Lucid => useContext(LucidContext);
