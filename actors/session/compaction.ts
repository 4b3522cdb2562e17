// Keeps a conversation within what a model can read: older observations are shortened first, then a summary is due.
import { keepHeadAndTail } from '../../schema/rules/head-and-tail.ts';
import type { AnsweredCall, ContextEntry, ModelImage, Observed } from '../models/model.ts';
import { tokensOfImage } from '../models/shown-images.ts';
import { shortenText } from './shorten-text.ts';

/** What is left of an older observation once a conversation grows long: its beginning and its end, 340 tokens. */
export const shortenedCharsMax = 1_200;
/** What is left where that is still too much, also of texts in older calls. */
const squeezedCharsMax = 240;
/** The newest answers of a conversation, which are never shortened: what the model acts on next. */
export const newestAnswersKept = 2;

/**
 * About, for English and code: the providers' own counts differ by a fifth. Bytes rather than characters, since scripts with
 * longer characters take more tokens for each.
 */
export const bytesPerToken = 3.5;
/** Roles, names, ids and brackets around an entry or a call. */
const framingTokens = 15;

/**
 * Shares of the budget: what stays whole at the end, and how much is shortened at a time. Each time all that stays whole is
 * written to the provider's cache again, so little of it is kept and much is shortened at once.
 */
const wholeShare = 0.2;
const stepShare = 0.4;
/** From here on a summary is due: what is left above it is for one more answer with its observations. */
const dueShare = 0.8;

export const tokensOfText = (text: string): number => Math.ceil(Buffer.byteLength(text) / bytesPerToken);

/** An estimate: the provider's count is up to a fifth more or less. */
export const tokensOf = (context: readonly ContextEntry[]): number => addUp(context.map(tokensOfEntry));

function tokensOfEntry(entry: ContextEntry): number {
  if (entry.kind === 'user') return framingTokens + tokensOfText(entry.text) + tokensOfImages(entry);
  if (entry.kind !== 'answer') return framingTokens + tokensOfText(entry.text);
  const thoughts = entry.thoughts.map(({ text, signature = '' }) => tokensOfText(text + signature));
  return framingTokens + tokensOfText(entry.text) + addUp(thoughts) + addUp(entry.calls.map(tokensOfCall));
}

const tokensOfCall = ({ call, observation }: AnsweredCall): number =>
  framingTokens +
  tokensOfText(call.name + (JSON.stringify(call.input) ?? '') + (call.signature ?? '')) +
  tokensOfText(observation.text) +
  tokensOfImages(observation);

const tokensOfImages = ({ images = [] }: { images?: readonly ModelImage[] }): number =>
  addUp(images.map(tokensOfImage));

const addUp = (numbers: readonly number[]): number => numbers.reduce((total, number) => total + number, 0);

type Answer = Extract<ContextEntry, { kind: 'answer' }>;

/** Makes an old answer shorter; a second time changes nothing. */
type Shortening = (answer: Answer) => Answer;

/**
 * The conversation, with older observations shortened where it takes more than three fifths of the budget. The user's
 * messages, summaries and the newest answers stay whole.
 *
 * Each request begins with the whole last one, for the provider's cache, but for a change every two fifths of the budget: up
 * to which entry it is shortened follows from the tokens before that entry alone, and moves on by two fifths at a time.
 * Where that is not enough, more is shortened, and by more, until it fits.
 * @param tokensMax what the conversation may take, without instructions, tools and the answer
 * @returns at most `tokensMax`, unless what is never shortened takes more
 */
export function fitConversation(context: readonly ContextEntry[], tokensMax: number): readonly ContextEntry[] {
  if (tokensMax === Number.POSITIVE_INFINITY) return context;
  const ends = runningTokensOf(context);
  const total = ends.at(-1) ?? 0;
  if (total <= (wholeShare + stepShare) * tokensMax) return context;
  const newest = findNewestKept(context);
  let result = context;
  for (const { until, form } of listAttempts(total, tokensMax)) {
    result = context.map((entry, at) =>
      entry.kind === 'answer' && at < newest && (ends[at] ?? 0) <= until ? form(entry) : entry,
    );
    if (tokensOf(result) <= tokensMax) return result;
  }
  return result;
}

/** How many tokens there are up to the end of each entry. */
function runningTokensOf(context: readonly ContextEntry[]): number[] {
  let end = 0;
  return context.map((entry) => {
    end += tokensOfEntry(entry);
    return end;
  });
}

function findNewestKept(context: readonly ContextEntry[]): number {
  const answers = context.flatMap(({ kind }, at) => (kind === 'answer' ? [at] : []));
  return answers.at(-newestAnswersKept) ?? 0;
}

/** What to shorten, up to which token, from the mildest on. The first is enough as long as summaries come in time. */
function* listAttempts(total: number, tokensMax: number): Iterable<{ until: number; form: Shortening }> {
  const step = Math.max(1, Math.floor(stepShare * tokensMax));
  const first = Math.floor((total - wholeShare * tokensMax) / step) * step;
  for (const form of [shortenAnswer, squeezeAnswer]) {
    for (let until = first; until < total; until += step) yield { until, form };
    yield { until: total, form };
  }
}

/** Pictures go as a whole. */
function shortenObservation({ images, text, isError }: Observed, charsMax: number): Observed {
  return { isError, text: shortenText(images ? `${text}\n[An image was shown here.]` : text, charsMax) };
}

const shortenAnswer: Shortening = (answer) => ({
  ...answer,
  calls: answer.calls.map(({ call, observation }) => ({
    call,
    observation: shortenObservation(observation, shortenedCharsMax),
  })),
});

/** Thoughts may be missing in all but the newest answers; providers want them back there only. */
const squeezeAnswer: Shortening = (answer) => ({
  ...answer,
  thoughts: [],
  text: keepHeadAndTail(answer.text, squeezedCharsMax),
  calls: answer.calls.map(({ call, observation }) => ({
    call: { ...call, input: squeezeInput(call.input) },
    observation: shortenObservation(observation, squeezedCharsMax),
  })),
});

/** Cuts the texts that a model gave a tool, most of which are in files by now. */
function squeezeInput(input: unknown): unknown {
  if (typeof input === 'string') return keepHeadAndTail(input, squeezedCharsMax);
  if (typeof input !== 'object' || input === null || Array.isArray(input)) return input;
  return Object.fromEntries(
    Object.entries(input).map(([key, value]) => [
      key,
      typeof value === 'string' ? keepHeadAndTail(value, squeezedCharsMax) : value,
    ]),
  );
}

/** Whether the conversation fills the budget even when it is shortened. */
export const isDueForSummary = (context: readonly ContextEntry[], tokensMax: number): boolean =>
  tokensMax < Number.POSITIVE_INFINITY &&
  context.some(({ kind }) => kind === 'answer') &&
  tokensOf(fitConversation(context, tokensMax)) > dueShare * tokensMax;
