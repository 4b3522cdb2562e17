// A part of the console that is loaded when it is first shown. Where it doesn't come, the page stays as it is and says so.
import { type ComponentType, type ReactNode, useEffect, useState } from 'react';
import { Button } from './button.tsx';

/** `preload` has it there before it is shown. */
export type Part<Props> = ((props: Props) => ReactNode) & { preload(): Promise<void> };

/** A browser breaks off what it loads when the machine's networks change, and an engine that restarts is soon there again. */
const triesMax = 3;
const pauseMs = 300;

/** Imports a part, once for all who show it. */
class Loader<Props> {
  readonly #load: () => Promise<ComponentType<Props>>;
  loaded: ComponentType<Props> | undefined;

  constructor(load: () => Promise<ComponentType<Props>>) {
    this.#load = load;
  }

  async load(): Promise<ComponentType<Props>> {
    this.loaded ??= await this.#tryToLoad(1);
    return this.loaded;
  }

  async #tryToLoad(tries: number): Promise<ComponentType<Props>> {
    try {
      return await this.#load();
    } catch (error) {
      if (tries >= triesMax) throw error;
    }
    await new Promise((resolve) => setTimeout(resolve, pauseMs * 2 ** tries));
    return this.#tryToLoad(tries + 1);
  }
}

/** @param waiting stands in its place until it is there */
export function definePart<Props extends object>(
  load: () => Promise<ComponentType<Props>>,
  waiting: ReactNode = null,
): Part<Props> {
  const loader = new Loader(load);
  const preload = () =>
    loader.load().then(
      () => undefined,
      () => undefined, // It is loaded again when it is shown.
    );
  const part = (props: Props) => <LoadedPart<Props> loader={loader} waiting={waiting} props={props} />;
  return Object.assign(part, { preload });
}

type LoadedPartProps<Props> = { loader: Loader<Props>; waiting: ReactNode; props: Props };

function LoadedPart<Props extends object>({ loader, waiting, props }: LoadedPartProps<Props>) {
  const [Shown, show] = useState(() => loader.loaded);
  const [hasFailed, setFailed] = useState(false);
  useEffect(() => {
    if (Shown || hasFailed) return;
    let isShown = true;
    loader.load().then(
      (component) => isShown && show(() => component),
      () => isShown && setFailed(true),
    );
    return () => {
      isShown = false;
    };
  }, [loader, Shown, hasFailed]);
  if (Shown) return <Shown {...props} />;
  return hasFailed ? <PartFailure onRetry={() => setFailed(false)} /> : waiting;
}

/** Nothing is loaded anew by itself: what one has written, and what waits to be sent, would be gone. */
const PartFailure = ({ onRetry }: { onRetry(): void }) => (
  <div role="alert" className="m-4 grid max-w-prose gap-2 rounded-md border border-line bg-warn-soft p-3 text-sm">
    <p className="font-medium text-warn">This part could not be loaded</p>
    <p>The connection may be gone, or the engine was updated since this page was opened.</p>
    <div className="flex flex-wrap gap-2">
      <Button onClick={onRetry}>Try again</Button>
      <Button onClick={() => location.reload()}>Load the page anew</Button>
    </div>
  </div>
);
