import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { parseArgs } from 'node:util';
import { differenceText } from './flows/difference-text.ts';
import { FlowClient, FlowsError } from './flows/flow-client.ts';

/*
 * `npm run flows -- export|import FILE`: the flows of a running platform as a file, and back. Ends with 1 when nothing was written or deployed
 * because something is wrong.
 */
const USAGE = `npm run flows -- export FILE [--url http://localhost:1880] [--key KEY]
npm run flows -- import FILE [--merge | --replace] [--dry-run] [--tab ID] [--note TEXT] [--url http://localhost:1880] [--key KEY]

FILE is a list of nodes as the editor exports it; "-" is standard output or input (then: npm run --silent flows -- ...).
  --merge    nodes with the same id are replaced, others stay, new ones are added (unless --replace is given)
  --replace  what is not in FILE is removed
  --dry-run  only show what would change
  --tab ID   put nodes on this tab whose own is neither in FILE nor deployed
The key (or INSA_API_KEY) needs flows:read to export and flows:write to import.`;

const OPTIONS = {
  url: { type: 'string', default: 'http://localhost:1880' },
  key: { type: 'string' },
  merge: { type: 'boolean', default: false },
  replace: { type: 'boolean', default: false },
  'dry-run': { type: 'boolean', default: false },
  tab: { type: 'string' },
  note: { type: 'string' },
  help: { type: 'boolean', default: false },
} as const;

try {
  await run();
} catch (error) {
  if (!(error instanceof FlowsError)) throw error;
  console.error(error.message);
  process.exitCode = 1;
}

async function run(): Promise<void> {
  const { values, positionals } = parsed();
  if (values.help) {
    console.log(USAGE);
    return;
  }
  const [command, file, ...more] = positionals;
  if (file === undefined || more.length > 0 || (command !== 'export' && command !== 'import')) throw new FlowsError(USAGE);
  if (values.merge && values.replace) throw new FlowsError(`--merge and --replace exclude each other.\n\n${USAGE}`);
  const key = values.key ?? process.env['INSA_API_KEY'] ?? '';
  if (key === '') throw new FlowsError(`No key: set INSA_API_KEY or send --key.\n\n${USAGE}`);
  const client = new FlowClient({ url: values.url, key });
  if (command === 'export') await exportTo(file, client);
  else await importFrom(file, client, values);
}

function parsed() {
  try {
    return parseArgs({ options: OPTIONS, allowPositionals: true });
  } catch (error) {
    throw new FlowsError(`${error instanceof Error ? error.message : String(error)}\n\n${USAGE}`, { cause: error });
  }
}

async function exportTo(file: string, client: FlowClient): Promise<void> {
  const nodes = await client.export();
  const content = `${JSON.stringify(nodes, null, 4)}\n`;
  if (file === '-') {
    process.stdout.write(content);
    return;
  }
  try {
    await writeFile(fromThePerson(file), content);
  } catch (error) {
    throw new FlowsError(`${file} cannot be written: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
  }
  console.log(`${file}: ${String(Array.isArray(nodes) ? nodes.length : 0)} nodes.`);
}

async function importFrom(file: string, client: FlowClient, values: ReturnType<typeof parsed>['values']): Promise<void> {
  const { note, tab } = values;
  const { deployed, number, difference, problems } = await client.import({
    flows: nodesOf(file, await contentOf(file)),
    mode: values.replace ? 'replace' : 'merge',
    dry_run: values['dry-run'],
    ...(note === undefined ? {} : { note }),
    ...(tab === undefined ? {} : { tab }),
  });
  console.log(difference.summary);
  for (const line of differenceText(difference)) console.log(line);
  if (deployed) console.log(number === null ? 'Deployed.' : `Deployed as version ${String(number)}.`);
  else console.log(values['dry-run'] ? 'Nothing was touched.' : 'Nothing to deploy.');
  if (problems.length === 0) return;
  console.error('This would be refused:');
  for (const { field, message } of problems) console.error(`  ${field}: ${message}`);
  process.exitCode = 1;
}

async function contentOf(file: string): Promise<string> {
  try {
    return file === '-' ? await text(process.stdin) : await readFile(fromThePerson(file), 'utf8');
  } catch (error) {
    throw new FlowsError(`${file} cannot be read: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
  }
}

/** A list of nodes, or what GET /flows answers. */
function nodesOf(file: string, content: string): unknown {
  let read: unknown;
  try {
    read = JSON.parse(content);
  } catch (error) {
    throw new FlowsError(`${file} is no JSON: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
  }
  if (Array.isArray(read)) return read;
  if (typeof read === 'object' && read !== null && 'flows' in read) return read.flows;
  throw new FlowsError(`${file} holds no list of nodes; export the flows again.`);
}

/** npm runs scripts in the folder of the package; the file is meant from where the person is. */
function fromThePerson(file: string): string {
  return path.resolve(process.env['INIT_CWD'] ?? process.cwd(), file);
}
