// The links between engines and servers: proxies that can be slow, or hold everything back, in a process of their own.
import { FaultProxy } from '../../../engine/testing/fault-proxy.ts';
import { answerParent } from '../../processes/parent.ts';

const links = new Map<string, FaultProxy>();

/** @param target the server's URL @param host the address that the link listens on @returns the URL by which the server is reached */
async function openLink(target: string, host: string): Promise<string> {
  const link = await FaultProxy.start(target, host);
  links.set(link.url, link);
  return link.url;
}

function slowDown(urls: readonly string[], latencyMs: number): void {
  for (const url of urls) find(url).latencyMs = latencyMs;
}

/** Everything is held back until `release`, and then arrives. */
function hold(urls: readonly string[]): void {
  for (const url of urls) find(url).pause();
}

function release(urls: readonly string[]): void {
  for (const url of urls) find(url).resume();
}

function find(url: string): FaultProxy {
  const link = links.get(url);
  if (!link) throw new Error(`There is no link ${url}.`);
  return link;
}

const answers = { openLink, slowDown, hold, release };
export type LinksAnswers = typeof answers;

answerParent(answers);
