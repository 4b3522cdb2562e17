#!/usr/bin/env node
// Starts the command: what was built where it is installed, the sources where it is run from the repository.
import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { constants } from 'node:os';
import { fileURLToPath } from 'node:url';

const at = (path) => fileURLToPath(new URL(path, import.meta.url));
const [built, source, ownNode] = ['./dist/main.js', './main.ts', '../../.runtime/node_modules/node/bin/node'].map(at);
const nodeOfSources = 24;
const { version } = JSON.parse(readFileSync(at('./package.json'), 'utf8'));

if (!existsSync(source)) await start(built);
else if (Number.parseInt(process.versions.node, 10) >= nodeOfSources) await start(source);
else if (existsSync(ownNode)) startWith(ownNode);
else {
  console.error(
    `This is Node ${process.versions.node}, and ${nodeOfSources} is needed here: run \`npm run setup\` once.`,
  );
  process.exitCode = 2;
}

async function start(file) {
  const { main } = await import(file);
  await main(process.argv.slice(2), version);
}

function startWith(node) {
  const child = spawn(node, [at('./lucid.mjs'), ...process.argv.slice(2)], { stdio: 'inherit' });
  process.on('SIGINT', () => {}); // The terminal tells both.
  for (const signal of ['SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  child.once('exit', (code, signal) => process.exit(code ?? 128 + constants.signals[signal]));
}
