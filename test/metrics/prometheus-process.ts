import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { eventually, freePorts } from '../support/platform.ts';

const SHIPPED = path.join(import.meta.dirname, '..', '..', 'deploy', 'prometheus');

/** A real Prometheus on loopback with a folder of its own. */
export interface RunningPrometheus {
  /** What its API answers under `data`. */
  ask(route: string, query?: Record<string, string>): Promise<unknown>;
  stop(): Promise<void>;
}

/**
 * Starts the shipped configuration with the shipped rules. Nothing of it is changed but the address of the target, the token, and how often it
 * looks: every second, so that a test need not wait for a quarter of a minute.
 */
export async function startPrometheus(program: string, target: { url: string; token: string }): Promise<RunningPrometheus> {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'insa-prometheus-'));
  const [port = 0] = await freePorts(1);
  for (const file of ['insa-alerts.rules.yml', 'insa-recording.rules.yml']) copyFileSync(path.join(SHIPPED, file), path.join(folder, file));
  const shipped = readFileSync(path.join(SHIPPED, 'prometheus.yml'), 'utf8');
  const config = shipped
    .replace("'127.0.0.1:1880'", `'${new URL(target.url).host}'`)
    .replaceAll(/(scrape|evaluation)_interval: 15s/g, '$1_interval: 1s')
    .replace('scrape_timeout: 10s', 'scrape_timeout: 1s');
  writeFileSync(path.join(folder, 'prometheus.yml'), config);
  writeFileSync(path.join(folder, 'insa-token'), `${target.token}\n`, { mode: 0o600 });
  const child = spawn(
    program,
    [
      `--config.file=${path.join(folder, 'prometheus.yml')}`,
      `--storage.tsdb.path=${path.join(folder, 'data')}`,
      `--web.listen-address=127.0.0.1:${String(port)}`,
    ],
    { cwd: folder, stdio: ['ignore', 'ignore', 'pipe'] },
  );
  let said = '';
  child.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()));
  const exited = once(child, 'exit');
  const url = `http://127.0.0.1:${String(port)}`;
  const stop = async (): Promise<void> => {
    if (child.exitCode === null && child.signalCode === null) child.kill('SIGTERM');
    await exited;
    rmSync(folder, { recursive: true, force: true });
  };
  const isReady = async (): Promise<true | undefined> => {
    if (child.exitCode !== null) throw new Error(`Prometheus ended before it was ready:\n${said}`);
    const response = await fetch(`${url}/-/ready`).catch(() => undefined);
    return response?.ok === true ? true : undefined;
  };
  try {
    await eventually(isReady, 'Prometheus');
  } catch (error) {
    await stop();
    throw error;
  }
  return { ask: (route, query = {}) => ask(`${url}/api/v1/${route}?${new URLSearchParams(query).toString()}`), stop };
}

async function ask(url: string): Promise<unknown> {
  const answer = (await (await fetch(url)).json()) as { status: string; data?: unknown; error?: string };
  if (answer.status !== 'success') throw new Error(`Prometheus refused ${url}: ${answer.error ?? ''}`);
  return answer.data;
}
