// The process: reads the configuration, starts the engine, and ends it when told to.
import { flushCompileCache } from 'node:module';
import { badConfigExitCode } from '../schema/exit-codes.ts';
import { answerHelp } from './commands/answer-help.ts';
import { choiceWarningsOf } from './config/choice-warnings.ts';
import { type Config, ConfigError, findMisspelt, forgetSecrets, readConfig } from './config.ts';
import { type Engine, startEngine } from './engine.ts';
import { createLog, type Log } from './log.ts';
import { exposureWarningsOf } from './server/exposure.ts';
import { signInWarningsOf } from './sign-in/open-identity-provider.ts';

/** A signal to a whole process group arrives more than once: from the sender, and forwarded by each parent. */
const signalCopiesMs = 50;
const usage = `usage: npm start

Runs the engine. Variables of the environment, or of a file .env, configure it; .env.example explains every one.`;

async function main(): Promise<void> {
  answerHelp(usage);
  const config = readConfig();
  forgetSecrets();
  const log = createLog(config.LOG_LEVEL, process.stdout.isTTY === true, config.NODE_NAME);
  for (const warning of warningsOf(config)) log.warn('config.warning', { warning });
  log.info('engine.starting', { node: process.version });
  const stopping = stopOnSignals(log);
  const engine = await startEngine({
    config,
    log,
    stopping: stopping.signal,
    onFatal: (error) => failProcess(log, error),
    onDrained: stopping.stop,
  });
  log.info('engine.started', { port: engine.port, mode: engine.mode, hosts: config.HOST_THREADS, pid: process.pid });
  stopping.setEngine(engine);
  flushCompileCache(); // Node does so only at an orderly end.
}

const warningsOf = (config: Config): string[] => [
  ...findMisspelt(),
  ...exposureWarningsOf(config),
  ...signInWarningsOf(config),
  ...choiceWarningsOf(config),
];

/** The first signal ends the waiting for PostgreSQL, or drains the engine once it is up; the second ends the process. */
function stopOnSignals(log: Log): { setEngine(engine: Engine): void; stop(): void; signal: AbortSignal } {
  const waiting = new AbortController();
  let running: Engine | undefined;
  let isStopping = false;
  let firstMs = 0;
  const stopEngine = (engine: Engine) =>
    engine.stop().then(
      (isStored) => process.exit(isStored ? 0 : 1),
      (error) => failProcess(log, error),
    );
  const onSignal = (signal: NodeJS.Signals) => {
    const isCopy = isStopping && performance.now() - firstMs < signalCopiesMs;
    if (isCopy) return;
    if (isStopping) {
      log.warn('drain.forced', { signal });
      process.exit(1);
    }
    stop();
  };
  const stop = () => {
    if (isStopping) return;
    isStopping = true;
    firstMs = performance.now();
    waiting.abort();
    if (running) void stopEngine(running);
  };
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, onSignal);
  return {
    signal: waiting.signal,
    stop,
    setEngine: (engine) => {
      running = engine;
      if (isStopping) void stopEngine(engine);
    },
  };
}

function failProcess(log: Log, error: unknown): never {
  log.error('engine.failed', { reason: error instanceof Error ? (error.stack ?? error.message) : String(error) });
  process.exit(1);
}

main().catch((error) => {
  if (error instanceof Error && error.name === 'AbortError') process.exit(0); // A signal ended the start.
  console.error(error instanceof ConfigError ? error.message : error);
  process.exit(error instanceof ConfigError ? badConfigExitCode : 1);
});
