import type { FlowDeployment, ImportMode } from '../../src/contracts/flows.ts';

/** Something that the person at the shell can put right; its message is all there is to say. */
export class FlowsError extends Error {}

/** Where the platform is, and the key of a program. */
export interface FlowClientOptions {
  /** Such as http://localhost:1880. */
  url: string;
  key: string;
}

/** What is sent to be imported. */
export interface ImportRequest {
  flows: unknown;
  mode: ImportMode;
  dry_run: boolean;
  note?: string;
  tab?: string;
}

/** Asks a running platform for its flows, and sends it others. Every method throws a `FlowsError` that says what to do. */
export class FlowClient {
  private readonly base: string;
  private readonly key: string;

  constructor({ url, key }: FlowClientOptions) {
    if (!/^https?:\/\//.test(url) || !URL.canParse(url)) {
      throw new FlowsError(`--url is "${url}", which is no address; send for example --url http://localhost:1880.`);
    }
    this.base = `${url.replace(/\/+$/, '')}/api/v1/flows`;
    this.key = key;
  }

  /** The deployed nodes. */
  async export(): Promise<unknown> {
    return this.ask('/export', {}, 'flows:read');
  }

  /** Imports nodes, or (dry run) says what that would do. */
  async import(request: ImportRequest): Promise<FlowDeployment> {
    const init = { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(request) };
    return (await this.ask('/import', init, 'flows:write')) as FlowDeployment;
  }

  private async ask(
    path: string,
    init: { method?: string; headers?: Record<string, string>; body?: string },
    permission: string,
  ): Promise<unknown> {
    const address = this.base + path;
    let status: number;
    let text: string;
    try {
      const response = await fetch(address, { ...init, headers: { ...init.headers, 'x-api-key': this.key } });
      ({ status } = response);
      text = await response.text();
    } catch (error) {
      const cause = error instanceof Error && error.cause instanceof Error ? error.cause.message || error.cause.name : String(error);
      throw new FlowsError(`${address} cannot be reached (${cause}). Is the platform running? --url names another address.`);
    }
    const answer = parsed(text);
    if (status === 200 && answer !== undefined) return answer;
    throw new FlowsError(
      refusal(`${address} answers ${String(status)}`, answer, status === 401 || status === 403 ? permission : undefined),
    );
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // The page of a proxy, perhaps; the status says enough.
    return undefined;
  }
}

function refusal(what: string, answer: unknown, permission: string | undefined): string {
  const { detail, errors = [] } = (answer ?? {}) as { detail?: string; errors?: { field: string; message: string }[] };
  const lines =
    errors.length > 0 ? errors.map(({ field, message }) => `  ${field}: ${message}`) : detail === undefined ? [] : [`  ${detail}`];
  const hint = permission === undefined ? [] : [`  The key must have the permission ${permission}.`];
  return [`${what}:`, ...lines, ...hint].join('\n');
}
