// When it is worth looking at once whether the engine can be reached: the network is back, or the page is seen again.

type Page = {
  addEventListener?(type: string, listener: () => void): void;
  removeEventListener?(type: string, listener: () => void): void;
  document?: { visibilityState: string } & Pick<Page, 'addEventListener' | 'removeEventListener'>;
};

/** Hears nothing where there is no page. @returns what ends it */
export function listenForWaking(wake: () => void): () => void {
  const page = globalThis as Page;
  const wakeIfSeen = () => {
    if (page.document?.visibilityState === 'visible') wake();
  };
  page.addEventListener?.('online', wake);
  page.document?.addEventListener?.('visibilitychange', wakeIfSeen);
  return () => {
    page.removeEventListener?.('online', wake);
    page.document?.removeEventListener?.('visibilitychange', wakeIfSeen);
  };
}
