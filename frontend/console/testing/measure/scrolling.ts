// How smooth a long session scrolls: the frames of a way through it.
import type { Page } from 'playwright-core';
import { startTask } from '../console-browser.ts';

const longFrameMs = 32;
const scrollMs = 10_000;

type Scrolling = { events: number; shownMs: number; frames: number; longFrames: number; longestMs: number };

export async function measureScrolling(page: Page, events: number): Promise<Scrolling> {
  await page.goto('/console/');
  await startTask(page, `Emit ${events} events`);
  await page.getByText(`Emitted ${events} events`).first().waitFor({ timeout: 120_000 });
  const beganAt = performance.now();
  await page.reload();
  await page.getByText(`Emitted ${events} events`).first().waitFor({ timeout: 60_000 });
  const shownMs = performance.now() - beganAt;
  const frames = await page.evaluate(scrollThrough, scrollMs);
  return {
    events,
    shownMs,
    frames: frames.length,
    longFrames: frames.filter((durationMs) => durationMs > longFrameMs).length,
    longestMs: Math.max(...frames),
  };
}

/** In the page: from the end to the beginning and back, as fast as a wheel that is spun. @returns the frames' durations */
function scrollThrough(durationMs: number): Promise<number[]> {
  const boxes = [...document.querySelectorAll<HTMLElement>('*')].filter(
    ({ scrollHeight, clientHeight }) => scrollHeight > clientHeight + 1,
  );
  const box = boxes.toSorted((one, other) => other.scrollHeight - one.scrollHeight)[0] as HTMLElement;
  return new Promise((resolve) => {
    const frames: number[] = [];
    const beganAt = performance.now();
    let last = beganAt;
    const step = (now: number) => {
      frames.push(now - last);
      last = now;
      const share = (now - beganAt) / durationMs;
      if (share >= 1) return resolve(frames.slice(1));
      box.scrollTop = Math.abs(1 - 2 * share) * (box.scrollHeight - box.clientHeight);
      requestAnimationFrame(step);
    };
    requestAnimationFrame(step);
  });
}
