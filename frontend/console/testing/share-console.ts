// One engine with its console and one browser for all tests of a file, from before the first until after the last.
import { browserHooks } from '../../../engine/testing/chromium.ts';
import { requireConsole } from '../../../engine/testing/console.ts';
import { startTestEngine, type TestEngine } from '../../../engine/testing/engine.ts';
import { developmentEnvironment } from '../../../engine/testing/sign-in.ts';
import { ConsoleBrowser } from './console-browser.ts';

type SharedConsole = { readonly engine: TestEngine; readonly browser: ConsoleBrowser };

/** @returns what has both once the first test begins */
export function shareConsole(environment: Record<string, string> = {}): SharedConsole {
  const shared = {} as { engine: TestEngine; browser: ConsoleBrowser };
  browserHooks.before(async () => {
    await requireConsole();
    shared.engine = await startTestEngine({ environment: { ...developmentEnvironment, ...environment } });
    shared.browser = new ConsoleBrowser(shared.engine);
  });
  browserHooks.after(async () => {
    await shared.browser?.close();
    await shared.engine?.close();
  });
  return shared;
}
