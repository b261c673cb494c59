import { spawn } from 'node:child_process';
import { join } from 'node:path';

/**
 * Runs a tool from node_modules on the running Node.js. Fails with everything the tool has printed when it does not end with 0;
 * prints nothing otherwise.
 */
export function runTool(root: string, script: string, args: string[]): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [join(root, 'node_modules', script), ...args], { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (output += chunk.toString()));
    child.once('error', reject);
    child.once('close', (code, signal) => {
      if (code === 0) resolve();
      else reject(new Error(`${script} ended with ${signal ?? `exit code ${String(code)}`}\n${output.trimEnd()}`));
    });
  });
}
