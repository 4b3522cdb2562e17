// .env.example and docker-compose.yml have the engine's variables.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { parseEnv } from 'node:util';
import { composeLines, exampleLines, replaceLines } from '../config/provider-variables.ts';
import { readConfig, variableNames } from '../config.ts';

const read = (name: string) => readFileSync(new URL(`../../${name}`, import.meta.url), 'utf8');
const example = parseEnv(read('.env.example').replace(/^#(?=[A-Z_]+=)/gm, ''));

test('.env.example has every variable of the engine, and no others but those of docker compose', () => {
  const ofCaddy = ['ENGINE_ADDRESS', 'FRONTEND_PORT', 'DOMAIN', 'HTTP_PORT', 'HTTPS_PORT'];
  const ofProfile = ['COMPOSE_PROFILES', 'SECOND_ENGINE_PORT', 'THIRD_ENGINE_PORT'];
  const ofCompose = ['POSTGRES_PASSWORD', 'POSTGRES_PORT', 'DOCKER_SOCKET', 'ENGINE_IMAGE', ...ofProfile, ...ofCaddy];
  assert.deepEqual(Object.keys(example).sort(), [...variableNames, ...ofCompose].sort());
});

test('the values in .env.example are the defaults', () => {
  assert.deepEqual(readConfig({ ...example, DATABASE_URL: '' }), readConfig({}));
});

test('.env.example and docker compose have the variables of the providers as the registry has them', () => {
  for (const [name, lines] of [
    ['.env.example', exampleLines()],
    ['docker-compose.yml', composeLines()],
  ] as const)
    assert.equal(read(name), replaceLines(read(name), lines), `${name} is behind: npm run write:variables`);
});

test('.env.example holds no secret', () => {
  for (const name of Object.keys(example).filter((key) => /SECRET|KEY|PASSWORD/.test(key)))
    assert.equal(example[name], '');
});

test('docker compose passes every variable on', () => {
  const compose = read('docker-compose.yml');
  const missing = variableNames.filter((name) => !compose.includes(`      ${name}: `));
  assert.deepEqual(missing, []);
});

test('docker compose has no values within values, which its first version does not know, and publishes where one says', () => {
  const compose = read('docker-compose.yml');
  const values = compose.match(/\$\{[^}]*\}/g) ?? [];
  assert.deepEqual(
    values.filter((value) => !/^\$\{\w+:[-?][^$]*\}$/.test(value)),
    [],
  );
  assert.match(compose, /- "\$\{ENGINE_ADDRESS:-0\.0\.0\.0\}:/);
});

test('docker compose starts the database with its password alone, and gives Docker’s socket to the socket filter alone', () => {
  const compose = read('docker-compose.yml');
  const demanded = [...compose.matchAll(/\$\{(\w+):\?/g)].map(([, name]) => name);
  assert.deepEqual([...new Set(demanded)], ['POSTGRES_PASSWORD']);
  const services = compose.split(/^ {2}(?=\w+:$)/m);
  const holders = services.filter((service) => service.includes('/var/run/docker.sock'));
  assert.deepEqual(
    holders.map((service) => service.split(':')[0]),
    ['docker_gate'],
  );
});
