// The process: reads the configuration, starts the engine, and ends it when told to.
import { ConfigError, readConfig, warningsOf } from './config.ts';
import { type Engine, startEngine } from './engine.ts';
import { createLog, type Log } from './log.ts';

const badConfigExitCode = 78; // EX_CONFIG of sysexits.h

async function main(): Promise<void> {
  const config = readConfig();
  const log = createLog(config.LOG_LEVEL, process.stdout.isTTY === true);
  for (const warning of warningsOf(config)) log.warn('config.warning', { warning });
  log.info('engine.starting', { node: process.version });
  const stopping = stopOnSignals(log);
  const engine = await startEngine({ config, log, onFatal: (error) => fail(log, error) });
  log.info('engine.started', { port: engine.port, mode: 'mock', hosts: config.HOST_THREADS });
  stopping.engine(engine);
}

/** The first signal drains, as soon as the engine is up; the second ends the process at once. */
function stopOnSignals(log: Log): { engine(engine: Engine): void } {
  let running: Engine | undefined;
  let isStopping = false;
  const stop = (engine: Engine) =>
    engine.stop().then(
      (isStored) => process.exit(isStored ? 0 : 1),
      (error) => fail(log, error),
    );
  const onSignal = (signal: NodeJS.Signals) => {
    if (isStopping) {
      log.warn('drain.forced', { signal });
      process.exit(1);
    }
    isStopping = true;
    if (running) void stop(running);
  };
  process.on('SIGTERM', onSignal);
  process.on('SIGINT', onSignal);
  return {
    engine: (engine) => {
      running = engine;
      if (isStopping) void stop(engine);
    },
  };
}

function fail(log: Log, error: unknown): never {
  log.error('engine.failed', { reason: error instanceof Error ? (error.stack ?? error.message) : String(error) });
  process.exit(1);
}

main().catch((error) => {
  console.error(error instanceof ConfigError ? error.message : error);
  process.exit(error instanceof ConfigError ? badConfigExitCode : 1);
});
