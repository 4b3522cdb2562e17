// The real Prisma, as the reference's front end runs it: `prisma db push` on a database of a test.
import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { PackagesBeside } from './packages-beside.ts';

const run = promisify(execFile);

/** Version 6 has its engine as WebAssembly in the package; other versions download it. */
const packages = ['prisma@6.19.3', '@prisma/adapter-pg@7.10.1', '@prisma/engines@6.19.3'];

/** Prisma's driver for Node lacks two types of PostgreSQL's catalogues, "char" and name, which are read as text. */
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

const beside = new PackagesBeside('prisma-6.19.3', packages, {
  'prisma.config.ts': configText,
  'no-engine': '', // The environment names this file as the engine, so that none is downloaded.
});

/** @returns why Prisma can't be installed, or undefined */
export const installPrisma = (): Promise<string | undefined> => beside.install();

/** @returns what Prisma printed @throws where Prisma refuses, with what it printed */
export async function pushSchema(databaseUrl: string, models: string, flags: string[] = []): Promise<string> {
  const folder = await mkdtemp(path.join(beside.folder, 'schema-'));
  try {
    const schema = path.join(folder, 'schema.prisma');
    await writeFile(schema, `${schemaHead}\n${models}`);
    const env = {
      PATH: process.env.PATH,
      HOME: folder,
      CHECKPOINT_DISABLE: '1',
      PRISMA_QUERY_ENGINE_LIBRARY: path.join(beside.folder, 'no-engine'),
      PRISMA_SCHEMA_ENGINE_BINARY: path.join(beside.folder, 'no-engine'),
      TEST_PRISMA_SCHEMA: schema,
      TEST_PRISMA_URL: databaseUrl,
    };
    const cli = path.join(beside.folder, 'node_modules/prisma/build/index.js');
    const running = run(process.execPath, [cli, 'db', 'push', '--skip-generate', ...flags], {
      cwd: beside.folder,
      env,
    });
    let printed = '';
    running.child.stdout?.on('data', (chunk: string) => {
      printed += chunk;
      if (/in sync/.test(printed)) running.child.kill('SIGKILL'); // Prisma is done, but would wait a minute for its own pool.
    });
    await running.catch((error: unknown) => {
      if (!/in sync/.test(printed)) throw error;
    });
    return printed;
  } finally {
    await rm(folder, { recursive: true, force: true });
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
