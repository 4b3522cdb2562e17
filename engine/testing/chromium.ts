// Tests that need a real browser run where Chromium is installed. Elsewhere they are left out, which is said in one line, and
// fail with `REQUIRE_CHROMIUM=1`, which CI sets.
import { existsSync } from 'node:fs';
import { after, before, type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { type Browser, chromium } from 'playwright-core';
import { leaveOut } from '../../sandbox/testing/left-out.ts';

/** The places where the packages of Debian, Ubuntu and Google install Chromium. */
const programs = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];
const program = programs.find((file) => existsSync(file));

if (program === undefined && process.env.REQUIRE_CHROMIUM === '1')
  throw new Error('REQUIRE_CHROMIUM is 1, but Chromium is not installed.');

/** Hooks without a test would keep their file running, so they are added where Chromium is. */
export const browserHooks = {
  before: (act: () => Promise<void>) => program !== undefined && before(act),
  after: (act: () => Promise<void>) => program !== undefined && after(act),
};

/** `test` for what needs a browser; where there is none, the test is left out. */
export function browserTest(name: string, act: (t: TestContext) => Promise<void>): void {
  if (program !== undefined) void test(name, act);
  else leaveOut(name, 'Chromium is not installed');
}

/** The same for what also needs a place where agents act, whose `test` leaves out what lacks that. */
export function browserTestIn(
  testThere: typeof browserTest,
  name: string,
  act: (t: TestContext) => Promise<void>,
): void {
  if (program !== undefined) testThere(name, act);
  else leaveOut(name, 'Chromium is not installed');
}

const unaware = fileURLToPath(new URL('unaware-of-networks.pl', import.meta.url));
const canBeUnaware = process.platform === 'linux' && existsSync('/usr/bin/perl');

/** A test's own browser doesn't break off what it asks for when containers beside it come and go. */
const start =
  program !== undefined && canBeUnaware
    ? { executablePath: unaware, env: { ...process.env, CHROMIUM: program } }
    : { ...(program !== undefined && { executablePath: program }) };

/**
 * The browser's own protection is off, so that only the server's is tested. All names below `.test` are this machine's, as
 * their owner could make them (DNS rebinding).
 */
export const openBrowser = (): Promise<Browser> =>
  chromium.launch({
    ...start,
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-features=LocalNetworkAccessChecks,BlockInsecurePrivateNetworkRequests',
      '--host-resolver-rules=MAP *.test 127.0.0.1',
    ],
  });
