import path from 'node:path';
import { parseArgs } from 'node:util';
import { ImportError } from './import/csv.ts';
import { importFile, noTotals } from './import/import-file.ts';
import type { ImportTotals } from './import/import-file.ts';
import { Sender } from './import/sender.ts';

/*
 * `npm run import -- FILE.csv [--device ID] [--url URL] [--key KEY]`: stores past telemetry without judging it. Ends with 1 when something
 * was rejected or the import could not go on.
 */
const USAGE = `npm run import -- FILE.csv [--device ID] [--url http://localhost:1880] [--key KEY]

Stores past telemetry; no rule judges it. FILE.csv has a header and one of two forms:
  device_id,timestamp,key,value,unit,quality   one reading a row (unit and quality may be left out)
  timestamp,temperature,pressure,...           one key a column; --device says whose (or a column device_id)
The key (or INSA_API_KEY) needs the permission telemetry:write.`;

const OPTIONS = {
  device: { type: 'string' },
  url: { type: 'string', default: 'http://localhost:1880' },
  key: { type: 'string' },
  help: { type: 'boolean', default: false },
} as const;

const TERMINAL_PROGRESS_MS = 500;
const LOG_PROGRESS_MS = 10_000;

const number = new Intl.NumberFormat('en');
const totals = noTotals();
const startedAt = performance.now();

try {
  process.exitCode = await run();
} catch (error) {
  if (!(error instanceof ImportError)) throw error;
  console.error(error.message);
  if (totals.line > 0) {
    console.error(`Stopped after line ${number.format(totals.line)}: ${summary(totals)}`);
    console.error('Run the same command again to go on; nothing is stored twice.');
  }
  process.exitCode = 1;
}

async function run(): Promise<number> {
  const { file, device, url, key, help } = given();
  if (help) {
    console.log(USAGE);
    return 0;
  }
  const sender = new Sender({
    url,
    key,
    onWaiting: (reason, seconds) => console.error(`\n${reason} Trying again in ${String(seconds)} s.`),
  });
  const progress = showProgress();
  try {
    await importFile({ file, device, sender, totals });
  } finally {
    progress.end();
  }
  console.log(summary(totals));
  if (totals.rejected === 0) return 0;
  const told = totals.firstProblems.length;
  console.error(told === totals.rejected ? 'Rejected:' : `Rejected, the first ${String(told)} of ${number.format(totals.rejected)}:`);
  for (const { line, column, message } of totals.firstProblems) {
    console.error(`  line ${String(line)}${column === undefined ? '' : `, column "${column}"`}: ${message}`);
  }
  return 1;
}

function given(): { file: string; device: string | undefined; url: string; key: string; help: boolean } {
  const { values, positionals } = parsed();
  const [file, ...more] = positionals;
  const key = values.key ?? process.env['INSA_API_KEY'];
  if (values.help) return { file: '', device: undefined, url: values.url, key: '', help: true };
  if (file === undefined || more.length > 0) throw new ImportError(`Name one file.\n\n${USAGE}`);
  if (key === undefined || key === '') throw new ImportError(`No key: set INSA_API_KEY or send --key.\n\n${USAGE}`);
  // npm runs scripts in the folder of the package; the file is meant from where the person is.
  const from = process.env['INIT_CWD'] ?? process.cwd();
  return { file: path.resolve(from, file), device: values.device, url: values.url, key, help: false };
}

function parsed() {
  try {
    return parseArgs({ options: OPTIONS, allowPositionals: true });
  } catch (error) {
    throw new ImportError(`${error instanceof Error ? error.message : String(error)}\n\n${USAGE}`, { cause: error });
  }
}

function summary({ rows, stored, storedBefore, rejected }: ImportTotals): string {
  const seconds = Math.max(0.001, (performance.now() - startedAt) / 1_000);
  const counts = `${counted(rows, 'row')}: ${counted(stored, 'reading')} stored, ${number.format(storedBefore)} stored before, ${number.format(rejected)} rejected`;
  return `${counts} (${seconds.toFixed(1)} s, ${number.format(Math.round(rows / seconds))} rows/s)`;
}

function counted(count: number, what: string): string {
  return `${number.format(count)} ${what}${count === 1 ? '' : 's'}`;
}

/** One line that is written over on a terminal; elsewhere a line now and then. */
function showProgress(): { end(): void } {
  const { stdout } = process;
  const timer = setInterval(
    () => stdout.write(stdout.isTTY ? `\r\u001b[K${summary(totals)}` : `${summary(totals)}\n`),
    stdout.isTTY ? TERMINAL_PROGRESS_MS : LOG_PROGRESS_MS,
  );
  return {
    end: () => {
      clearInterval(timer);
      if (stdout.isTTY) stdout.write('\r\u001b[K');
    },
  };
}
