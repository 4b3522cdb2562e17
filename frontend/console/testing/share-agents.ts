// One engine with agents whose models are played, its console and one browser, for all tests of a file.
import { TestAgents } from '../../../engine/testing/agents.ts';
import { browserHooks } from '../../../engine/testing/chromium.ts';
import { requireConsole } from '../../../engine/testing/console.ts';
import { developmentEnvironment } from '../../../engine/testing/sign-in.ts';
import { ConsoleBrowser } from './console-browser.ts';

type SharedAgents = { readonly agents: TestAgents; readonly browser: ConsoleBrowser };

/** Agents work in folders of this machine. @returns what has both once the first test begins */
export function shareAgents(): SharedAgents {
  const shared = {} as { agents: TestAgents; browser: ConsoleBrowser };
  browserHooks.before(async () => {
    await requireConsole();
    shared.agents = await TestAgents.open('local', { environment: developmentEnvironment });
    shared.browser = new ConsoleBrowser(shared.agents.engine);
  });
  browserHooks.after(async () => {
    await shared.browser?.close();
    await shared.agents?.close();
  });
  return shared;
}
