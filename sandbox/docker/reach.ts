// Gets to the agent inside a session's container, by harder and harder means. The workspace is kept as long as it can be.
import { failed, type Outcome } from '../../schema/error.ts';
import { limits } from '../../schema/limits.ts';
import { Agent, agentExec } from './agent.ts';
import type { ContainerState, OwnedContainer } from './container.ts';
import { isDaemonAway, reasonOf } from './daemon.ts';
import { openExec } from './exec.ts';

/** An agent in a container that runs. */
export async function startAgent(
  owned: OwnedContainer,
  timeoutMs = limits.agentStartTimeoutMs,
): Promise<Outcome<Agent>> {
  try {
    return await Agent.start(await openExec(owned.container, agentExec(owned.epoch)), timeoutMs);
  } catch (error) {
    if (isDaemonAway(error)) return failed('sandboxFailed', `Docker does not answer: ${reasonOf(error)}`);
    return failed('sandboxFailed', `Nothing can be started in the sandbox's container: ${reasonOf(error)}`);
  }
}

/** An agent, whatever state the container is in; at the worst in a new container on the same workspace. */
export async function reachAgent(owned: OwnedContainer): Promise<Outcome<Agent>> {
  const state = await owned.state();
  if (state === 'unknown') return failed('sandboxFailed', 'Docker does not answer.');
  const inside = asItIs(owned, state);
  // Docker takes a second to count processes; in a container that isn't full the agent is there long before.
  const soonest = await Promise.race([inside, owned.fullness()]);
  if (soonest === 'wild') return inNew(owned);
  const agent = await (soonest === 'full' ? inFull(owned, inside) : inside);
  if (agent.ok || agent.failure.code === 'sessionMoved') return agent;
  return (await owned.state()) === 'unknown' ? agent : inNew(owned);
}

const asItIs = (owned: OwnedContainer, state: ContainerState) =>
  attempt(async () => {
    if (state === 'paused') await owned.unpause();
    if (state === 'ended') await owned.startAgain();
    return startAgent(owned);
  });

/** Where all processes are taken, and asleep; if they were awake, ours would have no chance among so many. */
const inFull = (owned: OwnedContainer, inside: Promise<Outcome<Agent>>) =>
  attempt(() =>
    owned.withMoreProcesses(async () => {
      const agent = await inside;
      return agent.ok ? agent : startAgent(owned);
    }),
  );

const inNew = (owned: OwnedContainer) =>
  attempt(async () => {
    await owned.replace();
    return startAgent(owned);
  });

async function attempt(act: () => Promise<Outcome<Agent>>): Promise<Outcome<Agent>> {
  try {
    return await act();
  } catch (error) {
    return failed('sandboxFailed', `The sandbox's container failed: ${reasonOf(error)}`);
  }
}
