// A real S3 server for tests, versitygw, built by Go once and kept. Where there is none, its file says in one line what it leaves
// out and why; with `REQUIRE_S3=1` it is built, and without Go that fails.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import path from 'node:path';
import { type TestContext, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { leaveOut } from '../../sandbox/testing/left-out.ts';
import { findFreePort } from '../database/embedded/free-port.ts';
import { buildGoProgram, pathOf, versitygw } from './go-program.ts';

const program = pathOf(versitygw);
/** How long a server may take to listen: tenths of a second, on a busy machine many more. */
const startTimeoutMs = 60_000;

/** The reason why these tests can't run here; undefined where they can. */
const reason = await findReasonToLeaveOut();

async function findReasonToLeaveOut(): Promise<string | undefined> {
  if (existsSync(program)) return undefined;
  if (process.env.REQUIRE_S3 !== '1')
    return `versitygw ${versitygw.version} is not there; REQUIRE_S3=1 builds it with Go`;
  return buildGoProgram(versitygw);
}

if (reason !== undefined && process.env.REQUIRE_S3 === '1') throw new Error(`REQUIRE_S3 is 1, but ${reason}.`);

/** A `test` that needs S3; where that is missing it only notes what is left out. */
export function s3Test(name: string, act: (t: TestContext) => Promise<void>): void {
  if (reason === undefined) void test(name, act);
  else leaveOut(name, reason);
}

export const s3Key = { key: 'lucid-tests', secret: 'a secret of an S3 server for tests' };
export const s3Bucket = 'workspaces';

export class S3Server {
  readonly #port: number;
  readonly #folder: string;
  #child: ChildProcess | undefined;

  private constructor(port: number, storage: string) {
    this.#port = port;
    this.#folder = storage;
  }

  /** Resolves once it answers, with one empty bucket; it ends with the test. */
  static async start(t: TestContext): Promise<S3Server> {
    const storage = await mkdtemp('/tmp/lucid-s3-');
    const server = new S3Server(await findFreePort(), storage);
    t.after(async () => {
      await server.kill();
      await rm(storage, { recursive: true, force: true });
    });
    for (const each of [server.bucketFolder, path.join(storage, 'meta')]) await mkdir(each, { recursive: true });
    await server.restart();
    return server;
  }

  get endpoint(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  /** The folder that has the bucket's objects as files. */
  get bucketFolder(): string {
    return path.join(this.#folder, 'data', s3Bucket);
  }

  /** Starts it again on the same port. */
  async restart(): Promise<void> {
    const args = [
      '--port',
      `127.0.0.1:${this.#port}`,
      'posix',
      '--sidecar',
      path.join(this.#folder, 'meta'),
      path.join(this.#folder, 'data'),
    ];
    const env = { ROOT_ACCESS_KEY: s3Key.key, ROOT_SECRET_KEY: s3Key.secret };
    const child = spawn(program, args, { env, stdio: 'ignore' });
    this.#child = child;
    const killAtExit = () => child.kill('SIGKILL');
    process.once('exit', killAtExit);
    child.once('exit', () => process.off('exit', killAtExit));
    for (const deadline = performance.now() + startTimeoutMs; !(await this.#answers()); await delay(20)) {
      if (child.exitCode !== null) throw new Error(`versitygw ended with ${child.exitCode}.`);
      if (performance.now() > deadline) throw new Error('versitygw does not answer.');
    }
  }

  /** Sends SIGKILL. */
  async kill(): Promise<void> {
    const child = this.#child;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, 'exit');
    child.kill('SIGKILL');
    await ended;
  }

  #answers(): Promise<boolean> {
    return fetch(this.endpoint).then(
      () => true,
      () => false,
    );
  }
}
