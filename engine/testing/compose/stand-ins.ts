// Images in place of those that can't be pulled: Debian's PostgreSQL and Caddy, a nats-server and an S3 server that Go
// built; Node's is the one of sandboxes.
import { execFile } from 'node:child_process';
import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { debianImage, ensureBaseImage, ensureDebianImage } from '../../../sandbox/image/base-image.ts';
import { buildGoProgram, pathOf, versitygw } from '../go-program.ts';
import { natsProgram } from '../nats.ts';

const run = promisify(execFile);

export const docker = (...args: string[]) => run('docker', args, { maxBuffer: 64 * 1024 * 1024 });

const base = debianImage;

/** The start of the official image, for the variables that the compose file sets. */
const postgresStart = `set -e
if [ ! -s "$PGDATA/PG_VERSION" ]; then
  mkdir -p "$PGDATA" && chown postgres "$PGDATA"
  printf '%s' "$POSTGRES_PASSWORD" >/tmp/password
  runuser -u postgres -- initdb -D "$PGDATA" -U "$POSTGRES_USER" --pwfile=/tmp/password --auth-local=trust --auth-host=scram-sha-256
  echo 'host all all all scram-sha-256' >>"$PGDATA/pg_hba.conf"
  echo "CREATE DATABASE \\"$POSTGRES_DB\\"" | runuser -u postgres -- postgres --single -D "$PGDATA" postgres
fi
exec runuser -u postgres -- postgres -D "$PGDATA" -c listen_addresses='*'
`;

const standIns: Record<string, (folder: string) => string> = {
  'postgres:15': (folder) => {
    writeFileSync(path.join(folder, 'start.sh'), postgresStart);
    return `FROM ${base}
RUN apt-get update && apt-get install -y --no-install-recommends postgresql && rm -rf /var/lib/apt/lists/*
ENV PATH=/usr/lib/postgresql/17/bin:$PATH PGDATA=/var/lib/postgresql/data
COPY start.sh /start.sh
STOPSIGNAL SIGINT
CMD ["bash", "/start.sh"]
`;
  },
  'caddy:2': () => `FROM ${base}
RUN apt-get update && apt-get install -y --no-install-recommends caddy libcap2-bin && rm -rf /var/lib/apt/lists/* \\
 && setcap cap_net_bind_service=+ep /usr/bin/caddy
ENV XDG_CONFIG_HOME=/config XDG_DATA_HOME=/data
CMD ["caddy", "run", "--config", "/etc/caddy/Caddyfile", "--adapter", "caddyfile"]
`,
  // Its entry takes the server's flags, as the official image's does.
  'nats:2.14-alpine': (folder) => {
    copyFileSync(natsProgram, path.join(folder, 'nats-server'));
    return `FROM ${base}
COPY nats-server /usr/local/bin/
ENTRYPOINT ["nats-server"]
`;
  },
  'versity/versitygw:v1.8.0': (folder) => {
    copyFileSync(pathOf(versitygw), path.join(folder, 'versitygw'));
    return `FROM ${base}
COPY versitygw /usr/local/bin/
`;
  },
};

const isImageThere = (image: string): Promise<boolean> =>
  docker('image', 'inspect', image).then(
    () => true,
    () => false,
  );

const canPull = (image: string): Promise<boolean> =>
  docker('pull', '--quiet', image).then(
    () => true,
    () => false,
  );

/** @returns the images that stand in, which the caller removes */
export async function ensureImages(): Promise<string[]> {
  await ensureBaseImage();
  await ensureDebianImage();
  const problem = await buildGoProgram(versitygw);
  if (problem !== undefined) throw new Error(problem);
  const made = await Promise.all(Object.keys(standIns).map(ensureImage));
  return made.filter((image) => image !== undefined);
}

async function ensureImage(image: string): Promise<string | undefined> {
  if ((await isImageThere(image)) || (await canPull(image))) return undefined;
  const folder = mkdtempSync('/tmp/lucid-stand-in-');
  try {
    writeFileSync(path.join(folder, 'Dockerfile'), standIns[image]?.(folder) ?? '');
    await docker('build', '--quiet', '--tag', image, folder);
    return image;
  } finally {
    rmSync(folder, { recursive: true });
  }
}
