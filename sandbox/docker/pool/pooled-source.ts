// Opens sandboxes on a pool of Docker daemons: where the session's container is, or a fresh one where most room is.
import { failed, type Outcome } from '../../../schema/error.ts';
import type { DaemonConfig } from '../../../schema/thread.ts';
import type { OpenedSandbox, SandboxOwner, SandboxRequest, SandboxSource } from '../../sandbox-source.ts';
import type { DockerSettings } from '../container-settings.ts';
import { isDaemonAway } from '../docker-client.ts';
import { DockerSource } from '../docker-source.ts';
import { DaemonWatch } from './daemon-watch.ts';

type Place = { name: string; watch: DaemonWatch; source: DockerSource };
type Found = { place: Place; madeAtMs: number };

export class PooledSource implements SandboxSource {
  readonly #places: readonly Place[];

  constructor(settings: DockerSettings, daemons: readonly DaemonConfig[], warmCount: number) {
    const warmEach = Math.ceil(warmCount / daemons.length);
    this.#places = daemons.map((daemon) => {
      const own = { ...settings, daemon };
      const watch = new DaemonWatch(own);
      return { name: daemon.name, watch, source: new DockerSource(own, warmEach, watch.docker) };
    });
  }

  get warmCount(): number {
    return this.#places.reduce((sum, { source }) => sum + source.warmCount, 0);
  }

  /** A daemon that is away counts as one that has nothing: the session goes on elsewhere, with an empty workspace. */
  async open(request: SandboxRequest): Promise<Outcome<OpenedSandbox>> {
    const [newest, ...older] = request.mayExist ? await this.#find(request) : [];
    for (const { place } of older) place.source.remove(request).catch(() => undefined); // The reaper removes what stays.
    if (!newest) return this.#beginFresh(request);
    const { place } = newest;
    const opened = await place.source.open(request);
    if (!opened.ok && (await place.watch.isAway())) return this.#beginFresh(request);
    return opened.ok ? { ok: true, value: markWithPlace(opened.value, place) } : opened;
  }

  async remove(owner: SandboxOwner): Promise<void> {
    const found = await this.#find(owner);
    await Promise.all(found.map(({ place }) => place.source.remove(owner)));
  }

  async close(): Promise<void> {
    await Promise.all(this.#places.map(({ source }) => source.close()));
  }

  /** A session whose sandbox is nowhere gets one here; a daemon that can't give one is passed over. */
  async #beginFresh(request: SandboxRequest): Promise<Outcome<OpenedSandbox>> {
    let last: Outcome<OpenedSandbox> = failed(
      'sandboxUnavailable',
      'None of the Docker daemons in SANDBOX_HOSTS answers.',
    );
    for (const place of await this.#sortByRoom()) {
      place.watch.noteBegun();
      const opened = await place.source.open({ ...request, mayExist: false });
      if (opened.ok) return { ok: true, value: markWithPlace(opened.value, place) };
      last = opened;
    }
    return last;
  }

  /** Those that answer, the one with most room first; where several have as much, any of them. */
  async #sortByRoom(): Promise<Place[]> {
    const asked = this.#places.map(async (place) => ({
      place,
      room: await place.watch.measureRoom(),
      by: Math.random(),
    }));
    const answered = (await Promise.all(asked)).flatMap(({ place, room, by }) =>
      room ? [{ place, places: room.places, by }] : [],
    );
    return answered.toSorted((a, b) => b.places - a.places || a.by - b.by).map(({ place }) => place);
  }

  /** The session's containers, the newest first: one of a daemon that was away for a while has been replaced elsewhere. */
  async #find(owner: SandboxOwner): Promise<Found[]> {
    const asked = this.#places.map((place) => findAt(place, owner));
    const found = (await Promise.all(asked)).flatMap((one) => one ?? []);
    return found.toSorted((a, b) => b.madeAtMs - a.madeAtMs);
  }
}

/** A daemon may answer for another question only: one that is stuck with this one is trouble in the end. */
const attemptsMax = 3;

/** A daemon that is silent for a moment only is asked again. @throws what dockerode throws */
async function findAt(place: Place, owner: SandboxOwner, attempt = 1): Promise<Found | undefined> {
  try {
    const madeAtMs = await place.source.findMadeAt(owner);
    return madeAtMs === undefined ? undefined : { place, madeAtMs };
  } catch (error) {
    if (!isDaemonAway(error)) throw error;
    if (await place.watch.isAway()) return undefined;
    if (attempt === attemptsMax) throw error;
    return findAt(place, owner, attempt + 1);
  }
}

const markWithPlace = (opened: OpenedSandbox, { name, watch }: Place): OpenedSandbox => ({
  ...opened,
  daemon: name,
  isAway: () => watch.isAway(),
});
