// A second Docker daemon of this machine, which listens on loopback over TLS, for tests of pools. Without
// `REQUIRE_SECOND_DOCKER=1` they are left out: its first start copies the sandbox image, which takes a minute.
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { homedir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import type { DaemonConfig, DaemonTls } from '../../schema/thread.ts';
import { defaultImage } from '../docker/container-settings.ts';
import { openDaemon } from '../docker/docker-client.ts';
import { docker } from './docker-sandboxes.ts';
import { leaveOut } from './left-out.ts';
import { waitUntil } from './wait-until.ts';

export const isSecondDockerWanted = process.env.REQUIRE_SECOND_DOCKER === '1';

/** A `test` that needs the second daemon. */
export function secondDockerTest(name: string, act: () => Promise<void>): void {
  if (isSecondDockerWanted) void test(name, act);
  else leaveOut(name, 'REQUIRE_SECOND_DOCKER is not 1, with which a second Docker daemon is started');
}

const bridge = 'lucid-second';

/** After a kill it looks for each of its containers first. */
const startWithinMs = 120_000;
/** How long it gets to end before it is killed. */
const endWithinMs = 20_000;

/** The image stays between runs. */
const dataFolder = path.join(homedir(), '.cache', 'lucid-second-docker', 'data');

export class SecondDocker {
  readonly daemon: DaemonConfig;
  readonly #folder: string;
  #process: ChildProcess | undefined;

  private constructor(folder: string, port: number, tls: DaemonTls) {
    this.#folder = folder;
    this.daemon = { name: `tcp://127.0.0.1:${port}`, at: { host: '127.0.0.1', port, tls } };
  }

  /** Starts it, and has it hold the same image as the first daemon. */
  static async open(): Promise<SecondDocker> {
    const folder = mkdtempSync('/tmp/lucid-docker-');
    const second = new SecondDocker(folder, await findFreePort(), makeCertificates(folder));
    await second.start();
    const image = process.env.SANDBOX_IMAGE || defaultImage;
    const wanted = await docker.getImage(image).inspect();
    const own = openDaemon(second.daemon).getImage(image);
    const { Id } = await own.inspect().catch(() => ({ Id: '' }));
    if (Id !== wanted.Id)
      execFileSync('sh', ['-c', `docker save "$1" | docker -H unix://${folder}/d.sock load`, 'sh', image]);
    return second;
  }

  /** Also starts it again after a kill. */
  async start(): Promise<void> {
    mkdirSync(dataFolder, { recursive: true });
    const { port } = this.daemon.at as { port: number };
    const own = ['--data-root', dataFolder, '--exec-root', `${this.#folder}/exec`, '--pidfile', `${this.#folder}/pid`];
    ensureBridge();
    const network = ['--bridge', bridge, '--iptables=false', '--default-address-pool', 'base=10.210.0.0/16,size=24'];
    const tls = ['--tlsverify', '--tlscacert', 'ca.pem', '--tlscert', 'server.pem', '--tlskey', 'server.key'];
    const listening = ['-H', `unix://${this.#folder}/d.sock`, '-H', `tcp://127.0.0.1:${port}`];
    this.#process = spawn('dockerd', [...own, ...network, ...tls, ...listening], {
      cwd: this.#folder,
      stdio: 'ignore',
    });
    const client = openDaemon(this.daemon);
    const answers = () =>
      client.ping().then(
        () => true,
        () => false,
      );
    await waitUntil(answers, startWithinMs);
  }

  /** Kills the daemon, as the death of its machine would; its containers are ended when it starts again. */
  async kill(): Promise<void> {
    const running = this.#process;
    if (!running || running.exitCode !== null) return;
    const ended = new Promise((resolve) => running.once('exit', resolve));
    running.kill('SIGKILL');
    await ended;
    rmSync(`${this.#folder}/pid`, { force: true });
  }

  async close(): Promise<void> {
    const running = this.#process;
    if (running && running.exitCode === null && running.signalCode === null) {
      const ended = new Promise((resolve) => running.once('exit', resolve));
      running.kill('SIGTERM');
      const timer = setTimeout(() => running.kill('SIGKILL'), endWithinMs);
      await ended;
      clearTimeout(timer);
    }
    const mounts = readFileSync('/proc/mounts', 'utf8').split('\n');
    const left = mounts.flatMap((line) => line.split(' ')[1] ?? []).filter((at) => at.startsWith(this.#folder));
    if (left.length > 0) execFileSync('umount', ['-l', ...left]);
    execFileSync('ip', ['link', 'delete', bridge]);
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

/** Makes the bridge of its own: a daemon that is to have none removes the first one's from the machine. */
function ensureBridge(): void {
  if (existsSync(`/sys/class/net/${bridge}`)) return;
  const ip = (...words: string[]) => execFileSync('ip', words);
  ip('link', 'add', bridge, 'type', 'bridge');
  ip('address', 'add', '10.211.0.1/24', 'dev', bridge);
  ip('link', 'set', bridge, 'up');
}

/** Makes an authority, and by it a certificate for the daemon and one for its client. */
function makeCertificates(folder: string): DaemonTls {
  const openssl = (...words: string[]) => execFileSync('openssl', words, { cwd: folder, stdio: 'ignore' });
  const authority = ['-days', '2', '-CA', 'ca.pem', '-CAkey', 'ca.key'];
  const fresh = ['-newkey', 'rsa:2048', '-nodes'];
  openssl('req', '-x509', ...fresh, '-days', '2', '-subj', '/CN=ca', '-keyout', 'ca.key', '-out', 'ca.pem');
  for (const name of ['server', 'client']) {
    const names = ['-addext', 'subjectAltName=IP:127.0.0.1'];
    openssl('req', ...fresh, '-subj', `/CN=${name}`, ...names, '-keyout', `${name}.key`, '-out', `${name}.csr`);
    const signed = ['-copy_extensions', 'copy', '-CAcreateserial', '-in', `${name}.csr`, '-out', `${name}.pem`];
    openssl('x509', '-req', ...authority, ...signed);
  }
  const read = (file: string) => readFileSync(path.join(folder, file), 'utf8');
  return { ca: read('ca.pem'), cert: read('client.pem'), key: read('client.key') };
}

function findFreePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer().once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(port));
    });
  });
}
