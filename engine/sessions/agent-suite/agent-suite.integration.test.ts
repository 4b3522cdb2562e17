// The reference suite: each task is done by an agent in Docker and in a folder, with one engine for all of a place.
import { type Place, places, shareTestAgents, type TestAgents, testIn } from '../../testing/agents.ts';
import { GivenTask, suiteEnvironment } from './testing/agent-task.ts';
import { commandTasks } from './testing/command-tasks.ts';
import { helpingTasks } from './testing/helping-tasks.ts';
import { limitTasks } from './testing/limit-tasks.ts';
import { repositoryTasks } from './testing/repository-tasks.ts';
import { waitingTasks } from './testing/waiting-tasks.ts';

const tasks = [...repositoryTasks, ...commandTasks, ...waitingTasks, ...helpingTasks, ...limitTasks];

const agentsIn: Record<Place, () => Promise<TestAgents>> = {
  docker: shareTestAgents('docker', { environment: suiteEnvironment }),
  local: shareTestAgents('local', { environment: suiteEnvironment }),
};

for (const place of places)
  for (const { name, act } of tasks)
    testIn[place](`an agent in ${place} ${name}`, async () => act(new GivenTask(place, await agentsIn[place]())));
