import { Platform } from './app/create-app.ts';
import { createLogger, secretsOf } from './app/logging.ts';
import type { Logging } from './app/logging.ts';
import { createRedactor } from './app/log/redact.ts';
import { loadConfig, removeSecrets } from './config/config.ts';
import type { Config } from './config/config.ts';
import { AppError, messageOf } from './core/errors.ts';
import { DataDir } from './storage/data-dir.ts';
import { describeStart } from './app/start-report.ts';

/** The program: config, platform, signals. Everything else is in `app/`. */
const OLDEST_NODE = 24;
/** A clean stop takes at most ten seconds; what hangs longer is left to the next start, which copes with a crash. */
const STOP_WITHIN_MS = 9_500;

async function run(): Promise<void> {
  if (Number(process.versions.node.split('.')[0]) < OLDEST_NODE) {
    throw new AppError(
      'INVALID_CONFIG',
      `Node.js ${process.versions.node} is too old: start with "npm start", which brings Node.js ${String(OLDEST_NODE)}.`,
    );
  }
  const config = loadConfig();
  removeSecrets(process.env);
  const dataDir = new DataDir(config.dataDir);
  dataDir.start();
  process.once('exit', () => dataDir.stop());
  await runPlatform(config, dataDir);
}

async function runPlatform(config: Config, dataDir: DataDir): Promise<void> {
  const log = createLogger({ ...config, secrets: secretsOf(config) });
  const { logger, close } = log;
  endOnUncaught(log);
  let ending = false;
  const end = async (exitCode: number): Promise<void> => {
    // Ctrl-C reaches the whole process group, so the same wish may arrive twice.
    if (ending) return;
    ending = true;
    setTimeout(() => process.exit(exitCode === 0 ? 1 : exitCode), STOP_WITHIN_MS).unref();
    await platform.stop();
    close();
    process.exit(exitCode);
  };
  const platform = new Platform({
    config,
    logger,
    dataDir,
    onFatal: (reason) => {
      console.error(log.redactor.text(reason));
      void end(1);
    },
  });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => void end(0));
  console.log('INSA IIoT Platform is starting ...');
  const report = await platform.start();
  if (!ending) console.log(describeStart(config, report));
}

/** What nobody caught ends the program, as it does without this; but it stands in the log, and without the secrets that it may carry. */
function endOnUncaught({ logger, close }: Logging): void {
  process.on('uncaughtException', (error: unknown) => {
    const stack = error instanceof Error ? error.stack : undefined;
    logger.error({ part: 'process', error: stack ?? messageOf(error) }, 'An error that nobody caught ends the program.');
    close();
    process.exit(1);
  });
}

run().catch((error: unknown) => {
  // People get the sentence; a stack only for what nobody foresaw.
  const text = error instanceof Error && !(error instanceof AppError) ? error.stack : undefined;
  console.error(createRedactor().text(text ?? messageOf(error)));
  process.exit(1);
});
