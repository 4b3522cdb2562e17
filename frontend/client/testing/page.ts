// What the page of the browser's tests is made of: the client and a component that shows a session, on its `window` as `onPage`.
import { createElement as h, StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { createClient, type Lucid, type Session, type SessionEvent } from '../index.ts';
import { useSession } from '../react.ts';

function View({ lucid, sessionId }: { lucid: Lucid; sessionId: string | null }) {
  const view = useSession(lucid, sessionId);
  if (!view) return h('p', null, 'nothing');
  return h(
    'main',
    null,
    h('p', { id: 'status' }, `${view.connection} ${view.status}`),
    h(
      'ol',
      null,
      view.events.map(({ type, sequence }) => h('li', { key: sequence }, `${sequence} ${type}`)),
    ),
    h('button', { type: 'button', onClick: () => void view.send('Said by a button') }, 'Say'),
  );
}

/** @returns what shows another session, or none, in its place */
function show(lucid: Lucid, sessionId: string | null) {
  const root = createRoot(document.body.appendChild(document.createElement('div')));
  const render = (id: string | null) => root.render(h(StrictMode, null, h(View, { lucid, sessionId: id })));
  render(sessionId);
  return { render, unmount: () => root.unmount() };
}

const onPage = { createClient, show, events: [] as SessionEvent[] };
/** As tests find it on the page's `window`; what is open there they put beside it. */
export type OnPage = typeof onPage & { lucid: Lucid; session: Session; shown: ReturnType<typeof show> };
Object.assign(globalThis, { onPage });
