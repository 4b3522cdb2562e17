// A git server, a git proxy before it, and clients as they are in a sandbox, on loopback and without any sandbox.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import http from 'node:http';
import { connect } from 'node:net';
import { after, before, beforeEach } from 'node:test';
import { promisify } from 'node:util';
import { succeeded } from '../../schema/error.ts';
import type { Proxies } from '../../schema/thread.ts';
import { type GitGrant, GitProxy } from '../git/git-proxy.ts';
import { type ListenAddress, makeLoopbackAddress } from '../git/listen-address.ts';
import type { Resolve } from '../outbound/checked-lookup.ts';
import { GitServer, type GitServerOptions } from './git-server.ts';

const run = promisify(execFile);

export const token = 'ghp_T0ken-never-seen-inside';
/** Git asks for this first. */
export const refsPath = '/info/refs?service=git-upload-pack';

export type HttpAnswer = { status: number; headers: http.IncomingHttpHeaders; text: string };

export class TestGitProxy {
  readonly server: GitServer;
  readonly proxy: GitProxy;
  readonly folder = mkdtempSync('/tmp/lucid-git-client-');
  readonly #bugs: unknown[] = [];
  /** All that was opened is closed at the end: what a failed test left open would keep its file from ending. */
  readonly #opened: { close(): Promise<void> }[] = [];

  private constructor(server: GitServer) {
    this.server = server;
    this.proxy = this.openAnother([server.host]);
  }

  /** Starts a server with `user/app` and `user/other`, which wants the token. */
  static async start(): Promise<TestGitProxy> {
    const server = await GitServer.start({ token });
    server.addRepository('user/app');
    server.addRepository('user/other');
    return new TestGitProxy(server);
  }

  openAnother(
    hosts: string[],
    options: { resolve?: Resolve; address?: ListenAddress; proxies?: Proxies } = {},
  ): GitProxy {
    const findListenAddress = async () => succeeded(options.address ?? makeLoopbackAddress());
    const onBug = (error: unknown) => void this.#bugs.push(error);
    const { address: _, ...others } = options;
    const proxy = new GitProxy({ findListenAddress, allowed: new Set(hosts), onBug, ...others });
    this.#opened.push(proxy);
    return proxy;
  }

  async startAnotherServer(options: GitServerOptions = {}): Promise<GitServer> {
    const server = await GitServer.start(options);
    this.#opened.push(server);
    return server;
  }

  async grant(name: string, given: string | null = token): Promise<GitGrant> {
    return grantAccess(this.proxy, this.server.urlOf(name), given);
  }

  /** Runs git as a sandbox would. @returns all that it printed */
  async runGit(...args: string[]): Promise<string> {
    const identity = ['-c', 'user.name=Test', '-c', 'user.email=test@lucid.invalid', '-c', 'core.compression=0'];
    const env = { PATH: process.env.PATH, HOME: this.folder, GIT_TERMINAL_PROMPT: '0', LC_ALL: 'C' };
    const done = run('git', [...identity, ...args], { cwd: this.folder, env });
    const { stdout, stderr } = await done.catch((ended: { stdout: string; stderr: string }) => ended);
    return stdout + stderr;
  }

  /** Checks also that nothing threw that never should, and that git has stored no token. */
  async close(): Promise<void> {
    for (const opened of [...this.#opened, this.server]) await opened.close();
    const found = await run('grep', ['-rl', token, this.folder]).catch((ended: { stdout: string }) => ended);
    rmSync(this.folder, { recursive: true, force: true });
    assert.deepEqual([this.#bugs, found.stdout], [[], '']);
  }
}

type SharedGitProxy = { setup: TestGitProxy; server: GitServer; grant: GitGrant };

/** Starts one git proxy for the tests of a file. @param use gets it before each test, with a grant of the test's own */
export function shareTestGitProxy(use: (shared: SharedGitProxy) => void): void {
  let setup: TestGitProxy;
  before(async () => {
    setup = await TestGitProxy.start();
  });
  beforeEach(async () => {
    setup.server.reset();
    use({ setup, server: setup.server, grant: await setup.grant('user/app') });
  });
  after(() => setup.close());
}

export async function grantAccess(proxy: GitProxy, repoUrl: string, given: string | null = token): Promise<GitGrant> {
  const outcome = await proxy.grant({ repoUrl, token: given });
  assert.ok(outcome.ok, outcome.ok ? '' : outcome.failure.detail);
  return outcome.value;
}

export async function sendRequest(url: string, options: http.RequestOptions = {}): Promise<HttpAnswer> {
  const { promise, resolve, reject } = Promise.withResolvers<http.IncomingMessage>();
  http
    .request(url, { agent: false, ...options }, resolve)
    .on('error', reject)
    .end();
  const response = await promise;
  const text = Buffer.concat(await response.toArray()).toString();
  return { status: response.statusCode ?? 0, headers: response.headers, text };
}

/** Sends bytes as they are. @returns all that comes back until the connection ends */
export async function sendRaw(url: string, text: string): Promise<string> {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  socket.write(Buffer.from(text, 'latin1'));
  return Buffer.concat(await socket.toArray()).toString('latin1');
}
