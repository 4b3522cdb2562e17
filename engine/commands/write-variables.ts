// Writes the providers' variables into `.env.example` and `docker-compose.yml`: `npm run write:variables`.
import { readFileSync, writeFileSync } from 'node:fs';
import { composeLines, exampleLines, replaceLines } from '../config/provider-variables.ts';

for (const [name, lines] of [
  ['.env.example', exampleLines()],
  ['docker-compose.yml', composeLines()],
] as const) {
  const file = new URL(`../../${name}`, import.meta.url);
  writeFileSync(file, replaceLines(readFileSync(file, 'utf8'), lines));
}
