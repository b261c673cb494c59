import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { median } from './rules/row.ts';
import type { BenchRow } from './rules/row.ts';

/**
 * What rules cost and how fast alerts are: every part in a process of its own, one after another, then one table of all figures with their goals.
 * Run it with `npm run bench:rules`; `-- --only evaluation,alerts` runs some parts, `-- --quick` all of them on less.
 */
interface Part {
  name: string;
  file: string;
  /** Options of Node.js itself. */
  node?: string[];
  /** What makes it small, for looking whether it runs. */
  quick: string[];
}

const PARTS: readonly Part[] = [
  { name: 'evaluation', file: 'evaluation.ts', quick: ['--rounds', '1', '--points', '20000'] },
  { name: 'memory', file: 'memory.ts', node: ['--expose-gc'], quick: ['--rounds', '1', '--rules', '20', '--devices', '200'] },
  { name: 'engine', file: 'engine.ts', quick: ['--rounds', '1', '--seconds', '5'] },
  { name: 'platform', file: 'platform.ts', quick: ['--rounds', '1', '--seconds', '5', '--devices', '150'] },
  { name: 'alerts', file: 'alerts.ts', quick: ['--rounds', '1', '--alerts', '100'] },
  { name: 'backtest', file: 'backtest.bench.ts', quick: ['--rounds', '1', '--points', '200000'] },
];

const words = process.argv.slice(2);
const only = words.includes('--only') ? (words[words.indexOf('--only') + 1] ?? '').split(',') : undefined;
const unknown = only?.filter((name) => !PARTS.some((part) => part.name === name)) ?? [];
if (unknown.length > 0)
  throw new Error(`There is no part "${unknown.join(', ')}". Use some of: ${PARTS.map(({ name }) => name).join(', ')}.`);

console.log(`${os.cpus()[0]?.model ?? ''}, ${String(os.cpus().length)} cores, Node.js ${process.versions.node}`);
const rows: BenchRow[] = [];
const failed: string[] = [];
for (const part of PARTS) {
  if (only !== undefined && !only.includes(part.name)) continue;
  const file = path.join(import.meta.dirname, 'rules', part.file);
  if (!existsSync(file)) continue;
  console.log(`${part.name}: load ${loadOfMachine()} at its start`);
  rows.push(...(await run(part, file)));
}
print();
if (failed.length > 0) {
  console.error(`These parts ended with an error: ${failed.join(', ')}.`);
  process.exitCode = 1;
}

/** The load of the last minute: what is measured while others compute comes out slower than it is. */
function loadOfMachine(): string {
  return (os.loadavg()[0] ?? 0).toFixed(1);
}

/** Runs a part; lines that are no rows (progress, tables of its own) are shown as they come. */
async function run({ name, node = [], quick }: Part, file: string): Promise<BenchRow[]> {
  const startedAt = performance.now();
  const child = spawn(process.execPath, [...node, file, ...(words.includes('--quick') ? quick : [])], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
  const [code] = (await once(child, 'close')) as [number | null];
  if (code !== 0) failed.push(name);
  const found: BenchRow[] = [];
  for (const line of output.split('\n')) {
    if (line.startsWith('{"part":')) found.push(JSON.parse(line) as BenchRow);
    else if (line !== '') console.log(line);
  }
  console.log(`${name}: ${((performance.now() - startedAt) / 1_000).toFixed(0)} s, load ${loadOfMachine()} at its end`);
  return found;
}

function print(): void {
  console.log('\n| what | goal | median of rounds | rounds | |');
  console.log('|---|---|---|---|---|');
  for (const { part, what, unit, rounds, below } of rows) {
    const figure = median(rounds);
    const goal = below === undefined ? '' : `< ${String(below)} ${unit}`;
    const spread = `${inDigits(Math.min(...rounds))} to ${inDigits(Math.max(...rounds))}`;
    const verdict = below === undefined ? '' : figure < below ? 'held' : 'missed';
    console.log(`| ${part}: ${what} | ${goal} | ${inDigits(figure)} ${unit} | ${spread} | ${verdict} |`);
  }
}

/** Three digits that matter, or whole numbers. */
function inDigits(figure: number): string {
  return Math.abs(figure) >= 100 ? figure.toFixed(0) : figure.toPrecision(3);
}
