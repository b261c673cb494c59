import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import type { GeneratorOptions, GeneratorResult } from '../ingest/generator.ts';

/** Drives a platform from a process of its own until the time is over; three values a message. */
export async function drive(options: GeneratorOptions): Promise<GeneratorResult> {
  const child = spawn(process.execPath, [path.join(import.meta.dirname, '../ingest/generator.ts')], { stdio: ['pipe', 'pipe', 'inherit'] });
  child.stdin.end(JSON.stringify(options));
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
  const [code] = (await once(child, 'close')) as [number | null];
  if (code !== 0) throw new Error(`The load generator ended with code ${String(code)}`);
  return JSON.parse(output) as GeneratorResult;
}
