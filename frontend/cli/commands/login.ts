// `lucid login`: asks for an engine's URL and a token, tries them, and keeps them in the user's config folder.
import { createInterface } from 'node:readline/promises';
import { Writable } from 'node:stream';
import { limits } from '../../../schema/limits.ts';
import { createClient } from '../../client/index.ts';
import { type Context, readAll } from '../context.ts';
import { EndError, type ExitCode, exitCodes, UsageError } from '../exit-codes.ts';
import { checkUrl, defaultUrl } from '../settings/find-engine.ts';
import { loginFileOf, writeLogin } from '../settings/login-file.ts';

/** @param options `check: false` keeps them untried */
export async function login(
  url: string | undefined,
  { check }: { check: boolean },
  context: Context,
): Promise<ExitCode> {
  const asked = context.stdin.isTTY ? await askFor(url, context) : await readFor(url, context);
  if (asked.token === '') throw new UsageError('The token is empty.');
  if (check) await createClient({ baseUrl: asked.url, token: asked.token }).chats.list({ limit: 1 });
  const file = loginFileOf(context.env);
  writeLogin(file, asked);
  context.note(`Kept in ${file}, for you alone.`);
  return exitCodes.done;
}

type Asked = { url: string; token: string };

async function readFor(url: string | undefined, { stdin, env }: Context): Promise<Asked> {
  const token = (await readAll(stdin, limits.secretCharsMax)).trim();
  return { url: checkUrl(url ?? env.LUCID_URL ?? defaultUrl, 'the login'), token };
}

/** What is typed as the token isn't shown. */
async function askFor(url: string | undefined, { stdin, stderr, env }: Context): Promise<Asked> {
  let isHidden = false;
  const output = new Writable({
    write: (chunk, _, done) => {
      if (!isHidden) stderr.write(chunk);
      done();
    },
  });
  const editor = createInterface({ input: stdin, output, terminal: true });
  editor.on('SIGINT', () => editor.close());
  const ended = new Promise<never>((_, reject) =>
    editor.once('close', () => reject(new EndError(exitCodes.interrupted, 'Nothing was kept.'))),
  );
  ended.catch(() => undefined); // Only where nobody waits any more.
  try {
    const fallback = env.LUCID_URL ?? defaultUrl;
    const typed = url ?? (await Promise.race([editor.question(`URL of the engine [${fallback}]: `), ended]));
    const checked = checkUrl(typed.trim() || fallback, 'the login');
    const question = editor.question('');
    stderr.write('Token (it is not shown): ');
    isHidden = true;
    const token = (await Promise.race([question, ended])).trim();
    stderr.write('\n');
    return { url: checked, token };
  } finally {
    editor.close();
  }
}
