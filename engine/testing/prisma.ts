// The real Prisma, as the reference's front end runs it: `prisma db push` on a database of a test.
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** Version 6 brings its engine as WebAssembly in the package; others have it from a host of their own. */
const packages = ['prisma@6.19.3', '@prisma/adapter-pg@7.10.1', '@prisma/engines@6.19.3'];
const runtime = fileURLToPath(new URL('../../.runtime/', import.meta.url));
const folder = path.join(runtime, 'prisma-6.19.3');
const installTimeoutMs = 100_000;

/**
 * Installs it once, beside the project's own packages rather than among them: it is larger than all of those.
 * @returns why it can't be had, or undefined
 */
export async function installPrisma(): Promise<string | undefined> {
  if (existsSync(folder)) return undefined;
  await mkdir(runtime, { recursive: true });
  const unfinished = await mkdtemp(`${folder}.unfinished-`);
  try {
    await writeFile(path.join(unfinished, 'package.json'), '{"private":true,"type":"module"}');
    const how = ['--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'];
    await run('npm', ['install', ...how, ...packages], { cwd: unfinished, timeout: installTimeoutMs });
    await writeFile(path.join(unfinished, 'prisma.config.ts'), configText);
    await writeFile(path.join(unfinished, 'no-engine'), ''); // Named in the environment, nothing is fetched for it.
    await rename(unfinished, folder);
    return undefined;
  } catch (error) {
    await rm(unfinished, { recursive: true, force: true });
    return existsSync(folder) ? undefined : `Prisma could not be installed (${error})`;
  }
}

/** @returns what it said. @throws when it refuses, with what it said */
export async function pushSchema(databaseUrl: string, models: string, flags: string[] = []): Promise<string> {
  const place = await mkdtemp(path.join(folder, 'schema-'));
  try {
    const schema = path.join(place, 'schema.prisma');
    await writeFile(schema, `${schemaHead}\n${models}`);
    const env = {
      PATH: process.env.PATH,
      HOME: place,
      CHECKPOINT_DISABLE: '1',
      PRISMA_QUERY_ENGINE_LIBRARY: path.join(folder, 'no-engine'),
      PRISMA_SCHEMA_ENGINE_BINARY: path.join(folder, 'no-engine'),
      TEST_PRISMA_SCHEMA: schema,
      TEST_PRISMA_URL: databaseUrl,
    };
    const cli = path.join(folder, 'node_modules/prisma/build/index.js');
    const running = run(process.execPath, [cli, 'db', 'push', '--skip-generate', ...flags], { cwd: folder, env });
    let said = '';
    running.child.stdout?.on('data', (chunk: string) => {
      said += chunk;
      if (/in sync/.test(said)) running.child.kill('SIGKILL'); // It is done, but would wait a minute for its own pool.
    });
    await running.catch((error: unknown) => {
      if (!/in sync/.test(said)) throw error;
    });
    return said;
  } finally {
    await rm(place, { recursive: true, force: true });
  }
}

const schemaHead = `
datasource db {
  provider = "postgresql"
  url      = "postgresql://unused"
}
generator client {
  provider   = "prisma-client"
  output     = "unused"
  engineType = "client"
}`;

/** Its driver for Node lacks two types of PostgreSQL's catalogues, which are text: "char" and name. */
const configText = `
import { PrismaPg } from '@prisma/adapter-pg';
import { defineConfig } from 'prisma/config';
const asText = { 18: 25, 19: 25, 1002: 1009, 1003: 1009 };
const textual = (adapter) => {
  const ask = adapter.performIO.bind(adapter);
  adapter.performIO = async (query) => {
    const result = await ask(query);
    for (const field of result.fields) field.dataTypeID = asText[field.dataTypeID] ?? field.dataTypeID;
    return result;
  };
  return adapter;
};
export default defineConfig({
  experimental: { adapter: true },
  engine: 'js',
  schema: process.env.TEST_PRISMA_SCHEMA,
  adapter: async () => {
    const factory = new PrismaPg({ connectionString: process.env.TEST_PRISMA_URL });
    const connect = factory.connect.bind(factory);
    factory.connect = async () => textual(await connect());
    return factory;
  },
});
`;
