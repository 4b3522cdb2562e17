// Starts a guest in a session's container, whatever state that is in, and keeps the workspace as long as it can.
import { failed, type Outcome } from '../../schema/error.ts';
import { reasonOf } from '../../schema/reason-of.ts';
import { isDaemonAway } from './docker-client.ts';
import { openExec } from './exec.ts';
import { Guest, guestExecOptions } from './guest.ts';
import type { ContainerState, OwnedContainer } from './owned-container.ts';

/** A guest answers in 30 ms, and in a second on a machine that starts many at once. */
const guestStartTimeoutMs = 5_000;

/** It waits for the namespace in which it is to be root. */
const rootGuestStartTimeoutMs = 20_000;

/** Starts a guest in a container that runs. */
export async function startGuest(owned: OwnedContainer, timeoutMs = guestStartTimeoutMs): Promise<Outcome<Guest>> {
  try {
    const exec = await openExec(owned.container, guestExecOptions(owned.epoch));
    return await Guest.start(exec, owned.wantsRoot ? rootGuestStartTimeoutMs : timeoutMs, owned.wantsRoot);
  } catch (error) {
    if (isDaemonAway(error)) return failed('sandboxFailed', `Docker does not answer: ${reasonOf(error)}`);
    return failed('sandboxFailed', `Nothing can be started in the sandbox's container: ${reasonOf(error)}`);
  }
}

/** Tries the container as it is first; at the worst the guest runs in a new one on the same workspace. */
export async function reachGuest(owned: OwnedContainer): Promise<Outcome<Guest>> {
  const state = await owned.readState();
  if (state === 'unknown') return failed('sandboxFailed', 'Docker does not answer.');
  const inside = startInPlace(owned, state);
  // Docker takes a second to count processes; in a container that isn't full the guest has started long before.
  const soonest = await Promise.race([inside, owned.measureFullness()]);
  if (soonest === 'busy') return startInNew(owned);
  const guest = await (soonest === 'full' ? startInFull(owned, inside) : inside);
  if (guest.ok || guest.failure.code === 'sessionMoved') return guest;
  return (await owned.readState()) === 'unknown' ? guest : startInNew(owned);
}

const startInPlace = (owned: OwnedContainer, state: ContainerState) =>
  tryStart(async () => {
    if (state === 'paused') await owned.unpause();
    if (state === 'ended') await owned.restart();
    return startGuest(owned);
  });

/** Raises the limit of processes where all are taken and sleep; if they ran, the guest would get no time among so many. */
const startInFull = (owned: OwnedContainer, inside: Promise<Outcome<Guest>>) =>
  tryStart(() =>
    owned.withMoreProcesses(async () => {
      const guest = await inside;
      return guest.ok ? guest : startGuest(owned);
    }),
  );

const startInNew = (owned: OwnedContainer) =>
  tryStart(async () => {
    await owned.replace();
    return startGuest(owned);
  });

async function tryStart(act: () => Promise<Outcome<Guest>>): Promise<Outcome<Guest>> {
  try {
    return await act();
  } catch (error) {
    return failed('sandboxFailed', `The sandbox's container failed: ${reasonOf(error)}`);
  }
}
