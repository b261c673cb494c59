import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { PATIENCE_MS } from './patience.ts';
import { ResponseCheck } from './response-check.ts';

/** The whole program, running as a process of its own from `dist/`, as `npm start` runs it. */
export interface RunningPlatform {
  httpUrl: string;
  mqttPort: number;
  mqttTlsPort: number;
  adminUsername: string;
  adminPassword: string;
  dataDir: string;
  pid: number;
  /** Everything it printed. */
  output(): string;
  /** SIGTERM, and waits for the end; answers the exit code. */
  stop(): Promise<number | null>;
  /** SIGKILL, and waits for the end. Its embedded database goes on, as it would in life. */
  kill(): Promise<void>;
  /** Stops it and removes its data folder. */
  dispose(): Promise<void>;
}

export interface StartOptions {
  /** Environment of the program; ports, data folder and password are chosen unless given. */
  env?: Readonly<Record<string, string>>;
  /** An existing data folder, to start again on it. */
  dataDir?: string;
  /** Another program than the platform's own `dist/src/main.js`. */
  entry?: string;
  /** Ports of an earlier run, so that clients find it again. */
  ports?: Pick<RunningPlatform, 'httpUrl' | 'mqttPort'>;
}

const ENTRY = path.join(import.meta.dirname, '..', '..', 'dist', 'src', 'main.js');
const START_TIMEOUT_MS = 120_000;
const PASSWORD = 'a password only for tests';

/** A test that fails half-way must not leave its program behind; SIGTERM lets it end its database too. */
const running = new Set<ChildProcess>();
process.once('exit', () => {
  for (const child of running) child.kill('SIGTERM');
});

/** Starts the program and waits until it says that it is ready. Rejects with its output when it ends before. */
export async function startPlatform(options: StartOptions = {}): Promise<RunningPlatform> {
  const [httpPort, mqttPort, mqttTlsPort] = await freePorts(3);
  const dataDir = options.dataDir ?? mkdtempSync(path.join(os.tmpdir(), 'insa-platform-'));
  mkdirSync(dataDir, { recursive: true });
  const env: Record<string, string> = {
    HOST: '127.0.0.1',
    HTTP_PORT: options.ports === undefined ? String(httpPort) : new URL(options.ports.httpUrl).port,
    MQTT_PORT: String(options.ports?.mqttPort ?? mqttPort),
    MQTT_TLS_PORT: options.env?.['TLS_CERT_FILE'] === undefined ? '0' : String(mqttTlsPort),
    ADMIN_PASSWORD: PASSWORD,
    DEMO: 'false',
    // Tests ask again and again until something has happened, and measurements as fast as they can.
    RATE_LIMITS: 'false',
    DATA_DIR: dataDir,
    ...options.env,
  };
  const child = spawn(process.execPath, [options.entry ?? ENTRY], {
    env: { PATH: process.env['PATH'], HOME: process.env['HOME'], ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    cwd: dataDir,
  });
  running.add(child);
  child.once('exit', () => running.delete(child));
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()));
  await ready(child, () => output);
  const secure = env['TLS_CERT_FILE'] === undefined ? 'http' : 'https';
  const stop = (signal: NodeJS.Signals) => endOf(child, signal);
  return {
    httpUrl: `${secure}://127.0.0.1:${env['HTTP_PORT'] ?? ''}`,
    mqttPort: Number(env['MQTT_PORT']),
    mqttTlsPort: Number(env['MQTT_TLS_PORT']),
    adminUsername: 'admin',
    adminPassword: env['ADMIN_PASSWORD'] ?? '',
    dataDir,
    pid: child.pid ?? 0,
    output: () => output,
    stop: () => stop('SIGTERM'),
    kill: async () => {
      await stop('SIGKILL');
    },
    dispose: async () => {
      await stop('SIGTERM');
      rmSync(dataDir, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

/** Ports that were free a moment ago. */
export async function freePorts(count: number): Promise<number[]> {
  const servers = await Promise.all(
    Array.from({ length: count }, async () => {
      const server = net.createServer();
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
      return server;
    }),
  );
  const ports = servers.map((server) => (server.address() as net.AddressInfo).port);
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}

/** Calls `check` until it answers something, at most `timeoutMs`. */
export async function eventually<Result>(
  check: () => Result | undefined | Promise<Result | undefined>,
  what: string,
  timeoutMs = PATIENCE_MS,
): Promise<Result> {
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    const result = await check();
    if (result !== undefined && result !== false) return result;
    if (performance.now() > deadline) throw new Error(`Waited ${String(timeoutMs)} ms in vain for: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** A small client of the API: JSON in, JSON out, with the status. After the login every answer must be what the OpenAPI document says. */
export class ApiClient {
  private readonly baseUrl: string;
  private responses: ResponseCheck | undefined;
  private headers: Record<string, string> = {};

  constructor(platform: Pick<RunningPlatform, 'httpUrl'>) {
    this.baseUrl = `${platform.httpUrl}/api/v1`;
  }

  static async login(platform: RunningPlatform): Promise<ApiClient> {
    const client = new ApiClient(platform);
    const answer = await client.call('POST', '/auth/login', { username: platform.adminUsername, password: platform.adminPassword });
    if (answer.status !== 200) throw new Error(`Login failed: ${JSON.stringify(answer)}`);
    client.headers = { authorization: `Bearer ${String(answer.body['access_token'])}` };
    client.responses = new ResponseCheck((await client.call('GET', '/openapi.json')).body);
    return client;
  }

  /** A client of a login that is there already. */
  static withToken(platform: Pick<RunningPlatform, 'httpUrl'>, token: string): ApiClient {
    const client = new ApiClient(platform);
    client.headers = { authorization: `Bearer ${token}` };
    return client;
  }

  withKey(key: string): ApiClient {
    const client = new ApiClient({ httpUrl: this.baseUrl.replace('/api/v1', '') });
    client.headers = { 'x-api-key': key };
    client.responses = this.responses;
    return client;
  }

  /** The token of the login, for Socket.IO. */
  get token(): string {
    return (this.headers['authorization'] ?? '').replace('Bearer ', '');
  }

  async call(method: string, route: string, body?: unknown): Promise<{ status: number; body: Record<string, unknown>; headers: Headers }> {
    const response = await fetch(this.baseUrl + route, {
      method,
      headers: { ...this.headers, ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    const text = await response.text();
    this.responses?.check({ method, path: route, status: response.status, contentType: response.headers.get('content-type'), text });
    return { status: response.status, body: text === '' ? {} : (JSON.parse(text) as Record<string, unknown>), headers: response.headers };
  }

  /** Creates a device and answers its key. */
  async createDevice(deviceId: string): Promise<string> {
    const created = await this.call('POST', '/devices', { device_id: deviceId, name: deviceId });
    if (created.status !== 201) throw new Error(`Creating ${deviceId} failed: ${JSON.stringify(created.body)}`);
    const issued = await this.call('POST', `/devices/${deviceId}/credentials`, {});
    if (issued.status !== 201) throw new Error(`A key for ${deviceId} was refused: ${JSON.stringify(issued.body)}`);
    return String(issued.body['key']);
  }
}

async function ready(child: ChildProcess, output: () => string): Promise<void> {
  let ended: string | undefined;
  child.once('exit', (code, signal) => (ended = `exit code ${String(code)}, signal ${String(signal)}`));
  const deadline = performance.now() + START_TIMEOUT_MS;
  while (!output().includes('INSA IIoT Platform is ready')) {
    if (ended !== undefined) throw new Error(`The platform ended before it was ready (${ended}):\n${output()}`);
    if (performance.now() > deadline) {
      child.kill('SIGKILL');
      throw new Error(`The platform was not ready within ${String(START_TIMEOUT_MS / 1_000)} s:\n${output()}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
}

async function endOf(child: ChildProcess, signal: NodeJS.Signals): Promise<number | null> {
  if (child.exitCode !== null || child.signalCode !== null) return child.exitCode;
  const exited = new Promise<number | null>((resolve) => child.once('exit', (code) => resolve(code)));
  child.kill(signal);
  return exited;
}
