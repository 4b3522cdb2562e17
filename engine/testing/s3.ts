// A real S3 server for tests, versitygw, built by Go once and kept.
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import path from 'node:path';
import { type TestContext, test } from 'node:test';
import { leaveOut } from '../../sandbox/testing/left-out.ts';
import { findFreePort } from '../database/embedded/free-port.ts';
import { findReasonToLeaveOut, versitygw } from './go-program.ts';
import { GoServer } from './go-server.ts';

/** The reason why these tests can't run here; undefined where they can. */
const reason = await findReasonToLeaveOut(versitygw, 'REQUIRE_S3');

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
  readonly #server: GoServer;

  private constructor(port: number, storage: string) {
    this.#port = port;
    this.#folder = storage;
    this.#server = new GoServer({
      program: versitygw,
      parameters: ['--port', `127.0.0.1:${port}`, 'posix', '--sidecar', this.#metaFolder, path.join(storage, 'data')],
      environment: { ROOT_ACCESS_KEY: s3Key.key, ROOT_SECRET_KEY: s3Key.secret },
      answers: () => this.#answers(),
    });
  }

  /** Resolves once it answers, with one empty bucket; it ends with the test. */
  static async start(t: TestContext): Promise<S3Server> {
    const storage = await mkdtemp('/tmp/lucid-s3-');
    const server = new S3Server(await findFreePort(), storage);
    t.after(async () => {
      await server.kill();
      await rm(storage, { recursive: true, force: true });
    });
    for (const each of [server.bucketFolder, server.#metaFolder]) await mkdir(each, { recursive: true });
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

  get #metaFolder(): string {
    return path.join(this.#folder, 'meta');
  }

  /** Starts it again on the same port. */
  restart(): Promise<void> {
    return this.#server.start();
  }

  /** Sends SIGKILL. */
  kill(): Promise<void> {
    return this.#server.kill();
  }

  #answers(): Promise<boolean> {
    return fetch(this.endpoint).then(
      () => true,
      () => false,
    );
  }
}
