import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import type { GeneratorOptions, GeneratorResult } from './generator.ts';

/** Sends for as long as the options say, from a process of its own. */
export async function generate(options: GeneratorOptions): Promise<GeneratorResult> {
  const child = spawn(process.execPath, [path.join(import.meta.dirname, 'generator.ts')], { stdio: ['pipe', 'pipe', 'inherit'] });
  child.stdin.end(JSON.stringify(options));
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
  const [code] = (await once(child, 'exit')) as [number];
  if (code !== 0) throw new Error(`The load generator ended with code ${String(code)}`);
  return JSON.parse(output) as GeneratorResult;
}
