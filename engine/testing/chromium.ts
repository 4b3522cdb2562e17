// Tests that need a real browser: they run where Chromium is installed. Elsewhere their file says in one line what it leaves
// out and why; with `REQUIRE_CHROMIUM=1`, which CI sets, it fails instead.
import { existsSync } from 'node:fs';
import { after, before, type TestContext, test } from 'node:test';
import { type Browser, chromium } from 'playwright-core';
import { leaveOut } from '../../sandbox/testing/left-out.ts';

/** As Debian's and Ubuntu's packages, and Google's own, install it. */
const programs = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];
const program = programs.find((file) => existsSync(file));

if (program === undefined && process.env.REQUIRE_CHROMIUM === '1')
  throw new Error('REQUIRE_CHROMIUM is 1, but Chromium is not installed.');

/** Hooks that nothing follows would keep their file running. */
export const browserHooks = {
  before: (act: () => Promise<void>) => program !== undefined && before(act),
  after: (act: () => Promise<void>) => program !== undefined && after(act),
};

/** `test` for what needs a browser; where there is none it only notes what is left out. */
export function browserTest(name: string, act: (t: TestContext) => Promise<void>): void {
  if (program !== undefined) void test(name, act);
  else leaveOut(name, 'Chromium is not installed');
}

/**
 * A browser that leaves it to servers whom they answer, and resolves all names below `.test` to this machine: their owner
 * could let them point there at any moment, which is called rebinding.
 */
export const openBrowser = (): Promise<Browser> =>
  chromium.launch({
    ...(program !== undefined && { executablePath: program }),
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-features=LocalNetworkAccessChecks,BlockInsecurePrivateNetworkRequests',
      '--host-resolver-rules=MAP *.test 127.0.0.1',
    ],
  });
