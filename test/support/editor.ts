import type { WebSocket } from 'ws';
import type { RunningPlatform } from './platform.ts';

export interface FlowNode {
  id: string;
  type: string;
  [field: string]: unknown;
}

/** The editor's own API, as a browser with a session cookie uses it. */
export class EditorClient {
  private readonly url: string;
  private readonly cookie: string;

  private constructor(url: string, cookie: string) {
    this.url = url;
    this.cookie = cookie;
  }

  static async login(platform: RunningPlatform): Promise<EditorClient> {
    const response = await fetch(`${platform.httpUrl}/api/v1/auth/login`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ username: platform.adminUsername, password: platform.adminPassword }),
    });
    const cookie = (response.headers.get('set-cookie') ?? '').split(';')[0] ?? '';
    if (cookie === '') throw new Error(`The login set no cookie: ${String(response.status)} ${await response.text()}`);
    return new EditorClient(`${platform.httpUrl}/editor`, cookie);
  }

  async flows(): Promise<{ flows: FlowNode[]; rev: string }> {
    return (await (await this.request('/flows')).json()) as { flows: FlowNode[]; rev: string };
  }

  /** Deploys what is deployed once more, or (given) something else, the way the "Full" button does. */
  async fullDeploy(flows?: FlowNode[]): Promise<void> {
    const current = await this.flows();
    await this.request('/flows', {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'node-red-deployment-type': 'full' },
      body: JSON.stringify({ flows: flows ?? current.flows, rev: current.rev }),
    });
  }

  /** Reads something of the editor's API. */
  async get(path: string): Promise<unknown> {
    return (await this.request(path)).json();
  }

  /** Sends JSON; answers the status, whatever it is. */
  async post(path: string, body: unknown): Promise<number> {
    const headers = { 'content-type': 'application/json', cookie: this.cookie, 'node-red-api-version': 'v2' };
    return (await fetch(this.url + path, { method: 'POST', headers, body: JSON.stringify(body) })).status;
  }

  private async request(path: string, init: RequestInit = {}): Promise<Response> {
    const headers = { ...(init.headers as Record<string, string> | undefined), cookie: this.cookie, 'node-red-api-version': 'v2' };
    const response = await fetch(this.url + path, { ...init, headers });
    if (!response.ok) throw new Error(`The editor answered ${String(response.status)} to ${path}: ${await response.text()}`);
    return response;
  }
}

/** `open`, or the status with which an upgrade was refused. */
export function outcome(socket: WebSocket): Promise<number | 'open'> {
  return new Promise((resolve) => {
    socket.once('open', () => resolve('open'));
    socket.once('unexpected-response', (_request, response) => resolve(response.statusCode ?? 0));
    socket.once('error', () => resolve(0));
  });
}
