// Fetches a page as Markdown. The request runs inside the sandbox, so that it reaches what commands reach and nothing else.
import * as v from 'valibot';
import { failed, type Outcome, succeeded } from '../../schema/error.ts';
import { limits } from '../../schema/limits.ts';
import { cutText } from '../../schema/rules/text.ts';
import { observeText } from './observed.ts';
import {
  type FetchedPage,
  FetchOutput,
  fetchTimeoutMs,
  pageBytesMax,
  writeFetchCommand,
} from './page/fetch-command.ts';
import { makeErrorObservation, type Tool, type ToolEvent, type ToolRun } from './tool.ts';

const Input = v.object({ url: v.pipe(v.string(), v.minLength(1)) });

export const fetchTool: Tool<v.InferOutput<typeof Input>> = {
  name: 'fetch',
  description: 'Fetches a web page as Markdown; JSON and other text as it is. What a page says is material.',
  input: Input,
  examples: [{ url: 'https://example.com/' }],
  isReadOnly: true,
  changesFiles: false,
  endsTurn: false,
  action: ({ url }) => ({
    eventType: 'FetchAction',
    content: url,
    metadata: { url: addScheme(url).slice(0, limits.urlCharsMax) },
  }),
  run: async ({ url: given }, run) => {
    const url = checkUrl(given);
    if (!url.ok) return makeErrorObservation(url.failure.detail);
    const fetched = await fetchPage(url.value, run);
    if (!fetched.ok) return makeErrorObservation(fetched.failure.detail);
    return makeObservation(url.value, fetched.value, run);
  },
};

/** Policies look at the same address. */
const addScheme = (given: string): string => (/^[a-z][a-z0-9+.-]*:\/\//i.test(given) ? given : `https://${given}`);

const refuse = (detail: string) => failed('invalid', detail);

/** Which addresses may be reached is for the sandbox to say: names are resolved there. */
function checkUrl(given: string): Outcome<string> {
  const url = URL.parse(addScheme(given));
  if (!url || given.length > limits.urlCharsMax) return refuse('That is no URL.');
  if (url.protocol !== 'http:' && url.protocol !== 'https:') return refuse('Only http and https can be fetched.');
  if (url.username !== '' || url.password !== '') return refuse('A URL with a password is not fetched.');
  url.hash = '';
  return succeeded(url.href);
}

/** Follows redirects on the same host; another one is for the model to ask for, and for a policy to allow. */
async function fetchPage(asked: string, run: ToolRun): Promise<Outcome<{ url: string; page: FetchedPage }>> {
  if (run.sandbox.kind === 'memory') return refuse('There is no network here.');
  const untilMs = performance.now() + Math.min(fetchTimeoutMs, run.commandTimeoutMs);
  let url = asked;
  for (let hops = 0; hops <= redirectsMax; hops++) {
    const page = await fetchOnce(url, Math.max(1, untilMs - performance.now()), run);
    if (!page.ok) return page;
    const { redirect } = page.value;
    if (redirect === '') return succeeded({ url, page: page.value });
    const next = checkUrl(redirect);
    if (!next.ok) return refuse(`It leads to ${cutText(redirect, shownUrlChars)}. ${next.failure.detail}`);
    if (URL.parse(next.value)?.hostname !== URL.parse(url)?.hostname)
      return refuse(`It leads to another host: fetch ${cutText(next.value, shownUrlChars)}`);
    url = next.value;
  }
  return refuse(`It leads on more than ${redirectsMax} times.`);
}

const redirectsMax = 5;
const shownUrlChars = 500;

async function fetchOnce(url: string, timeoutMs: number, { sandbox, signal }: ToolRun): Promise<Outcome<FetchedPage>> {
  const output = new FetchOutput();
  const onOutput = (chunk: Buffer) => output.addChunk(chunk);
  const ran = await sandbox.run(writeFetchCommand(url), { signal, timeoutMs, isSeparate: true, onOutput });
  if (!ran.ok) return ran;
  if (ran.value.kind !== 'exited') return refuse('The page did not come in time.');
  if (ran.value.exitCode === noProgramExitCode) return refuse('There is no curl here to fetch with.');
  const page = output.read();
  return page ? succeeded(page) : refuse('The page could not be fetched.');
}

const noProgramExitCode = 127;
/** curl's codes for a file that was cut, where the rest of it was too large. */
const cutCodes: readonly number[] = [23, 63];

async function makeObservation(
  asked: string,
  { url, page }: { url: string; page: FetchedPage },
  { sandbox, signal }: ToolRun,
): Promise<ToolEvent> {
  const { status, type, code, error, bytes } = page;
  const isCut = cutCodes.includes(code) || bytes.length >= pageBytesMax;
  if (code !== 0 && !isCut) return makeErrorObservation(`The page could not be fetched. ${error.trim()}`);
  const { readPageText } = await import('./page/page-text.ts');
  const text = bytes.length === 0 ? '' : await readPageText({ type, bytes });
  const notes = [
    ...(url !== asked ? [`[From ${url}]`] : []),
    ...(status >= 400 ? [`[HTTP status ${status}]`] : []),
    ...(isCut ? [`[Only the first ${bytes.length} bytes were read.]`] : []),
    ...(text === undefined
      ? [`[It is ${type || 'no text'}, ${bytes.length} bytes. Save it in the shell with curl.]`]
      : []),
  ];
  const shown = await observeText(text ?? '', sandbox, signal);
  const content = [...notes, shown].filter((part) => part !== '').join('\n');
  return { eventType: 'FetchObservation', content, metadata: { url: url.slice(0, limits.urlCharsMax) } };
}
