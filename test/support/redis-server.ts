import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';

/** A real Redis of a test, on a port of its own, that can be killed and started again; it still knows then what it knew. */
export class TestRedis {
  readonly port: number;
  private readonly program: string;
  private readonly folder: string;
  private server: ChildProcess | undefined;

  private constructor(program: string, port: number) {
    this.program = program;
    this.port = port;
    this.folder = mkdtempSync(path.join(os.tmpdir(), 'insa-redis-'));
  }

  static async start(program: string): Promise<TestRedis> {
    const redis = new TestRedis(program, await freePort());
    await redis.start();
    return redis;
  }

  get url(): string {
    return `redis://127.0.0.1:${String(this.port)}`;
  }

  async start(): Promise<void> {
    const args = ['--port', String(this.port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'yes', '--appendfsync', 'no'];
    this.server = spawn(this.program, [...args, '--dir', this.folder], { stdio: 'ignore' });
    await once(this.server, 'spawn');
  }

  signal(name: 'SIGSTOP' | 'SIGCONT'): void {
    this.server?.kill(name);
  }

  async kill(): Promise<void> {
    const { server } = this;
    if (server === undefined || server.exitCode !== null || server.signalCode !== null) return;
    server.kill('SIGKILL');
    await once(server, 'exit');
  }

  async dispose(): Promise<void> {
    await this.kill();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** A TCP port that was free a moment ago. */
export async function freePort(): Promise<number> {
  const server = net.createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('No port is free');
  return address.port;
}
