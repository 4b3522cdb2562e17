// A nats-server for engines that are measured, with TLS as in production.
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { NatsServer, requireNats } from '../../engine/testing/nats.ts';

export type MeasuredNats = {
  url: string;
  /** The file of the server's certificate. */
  ca: string;
  /** CPU time since its start, user and system. */
  readCpuMs(): Promise<number>;
  end(): Promise<void>;
};

/** The unit of times in `/proc`, on every Linux that Node runs on. */
const tickMs = 10;

/** @throws where there is no nats-server */
export async function startNats(): Promise<MeasuredNats> {
  requireNats();
  const folder = await mkdtemp(path.join(tmpdir(), 'lucid-bench-nats-'));
  const [cert, key, config] = ['cert.pem', 'key.pem', 'nats.conf'].map((name) => path.join(folder, name)) as [
    string,
    string,
    string,
  ];
  await promisify(execFile)('openssl', [
    ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2'],
    ...['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost', '-keyout', key, '-out', cert],
  ]);
  await writeFile(config, `max_payload: 4MB\ntls { cert_file: "${cert}", key_file: "${key}" }\n`);
  const server = await NatsServer.start({ after: () => undefined }, ['-c', config]);
  return {
    url: `tls://localhost:${server.port}`,
    ca: cert,
    readCpuMs: async () => {
      const fields = (await readFile(`/proc/${server.pid}/stat`, 'utf8')).split(') ').at(-1)?.split(' ') ?? [];
      return (Number(fields[11]) + Number(fields[12])) * tickMs;
    },
    end: async () => {
      await server.kill();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
