// Keeps the engine running: starts it again after a crash, later each time it crashes again, and says so.
import { constants } from 'node:os';
import { handOver } from './hand-over.mjs';
import { say } from './progress.mjs';

const firstPauseMs = 250;
const pauseMsMax = 30_000;
/** The length of a run after which a crash counts as the first again. */
const healthyRunMs = 60_000;
/** The number of crashes in a row from which it says what people can do. */
const crashesUntilAdvice = 3;
/** EX_CONFIG of sysexits.h: the configuration has to be mended, so the engine isn't started again. */
const badConfigExitCode = 78;

const forwarded = ['SIGINT', 'SIGTERM', 'SIGHUP'];

/**
 * Runs the command until it ends in order: with 0, for its configuration, or after a signal; then ends in the same way.
 * @param {{ program: string, args: string[], cwd: string, env: NodeJS.ProcessEnv }} command
 */
export function keepAlive(command) {
  let crashes = 0;
  const run = () => {
    const startedAt = performance.now();
    handOver(command, ({ code, signal, wasToldToEnd }) => {
      if (wasToldToEnd || code === 0 || code === badConfigExitCode) return false;
      const ranMs = performance.now() - startedAt;
      crashes = ranMs >= healthyRunMs ? 1 : crashes + 1;
      const pauseMs = Math.min(firstPauseMs * 2 ** (crashes - 1), pauseMsMax);
      startLater(run, pauseMs);
      sayCrashed({ how: signal ?? `exit code ${code}`, ranMs, pauseMs, crashes });
      return true;
    });
  };
  run();
}

function sayCrashed({ how, ranMs, pauseMs, crashes }) {
  say(`the engine ended after ${seconds(ranMs)} (${how}); it starts again in ${seconds(pauseMs)}`);
  if (crashes >= crashesUntilAdvice)
    say(`that was crash ${crashes} in a row: what it said last, above, is the reason; Ctrl-C or SIGTERM ends this`);
}

/** Runs again after a pause, in which a signal ends this process, since no command can take it. */
function startLater(run, pauseMs) {
  const timer = setTimeout(() => {
    for (const name of forwarded) process.off(name, end);
    run();
  }, pauseMs);
  const end = (signal) => {
    clearTimeout(timer);
    process.exit(128 + constants.signals[signal]);
  };
  for (const name of forwarded) process.on(name, end);
}

const seconds = (ms) => `${(ms / 1000).toFixed(ms < 10_000 ? 1 : 0)} s`;
