import { openEndpointsSchema } from '../contracts/flows.ts';
import type { OpenEndpoint } from '../contracts/flows.ts';
import { AppError } from '../core/errors.ts';
import type { Database } from '../storage/database.ts';
import { readSetting, writeSetting } from '../storage/repositories/platform-settings.ts';

const SETTING = 'flows.open_endpoints';
/** The only paths that can be open: nothing encoded, no empty part, no part that begins with a dot. What differs from them needs a key. */
const PLAIN_PATH = /^(?:\/[A-Za-z0-9_~-][A-Za-z0-9._~-]*)+$/;

/** The endpoints of flows that answer without a key, because an administrator opened them. */
export class OpenEndpoints {
  private readonly database: Database;
  private readonly tenantId: string;
  private endpoints: readonly OpenEndpoint[] = [];
  private allowed: ReadonlySet<string> = new Set();

  constructor(deps: { database: Database; tenantId: string }) {
    this.database = deps.database;
    this.tenantId = deps.tenantId;
  }

  /** Reads what was opened before. */
  async load(): Promise<void> {
    const stored = openEndpointsSchema.safeParse({ endpoints: (await readSetting(this.database.system, this.tenantId, SETTING)) ?? [] });
    this.remember(stored.success ? stored.data.endpoints : []);
  }

  /** What is open. Fails with NOT_FOUND for other tenants, which have no flows. */
  list(tenantId: string): readonly OpenEndpoint[] {
    this.assertOwn(tenantId);
    return this.endpoints;
  }

  /** Opens these and closes all others, at once. Answers what was open before. */
  async replace(tenantId: string, endpoints: readonly OpenEndpoint[]): Promise<readonly OpenEndpoint[]> {
    this.assertOwn(tenantId);
    const wanted = [...new Map(endpoints.map((endpoint) => [nameOf(endpoint.method, endpoint.path), endpoint])).values()];
    const before = this.endpoints;
    await this.database.asTenant(tenantId, (tx) => writeSetting(tx, tenantId, { name: SETTING, value: wanted }));
    this.remember(wanted);
    return before;
  }

  /**
   * Whether a request needs no key. `path` is what follows `/flows`, exactly as it came and without the query; capital letters count, and so
   * does a slash at the end.
   */
  isOpen(method: string, path: string): boolean {
    if (this.allowed.size === 0 || !PLAIN_PATH.test(path)) return false;
    return this.allowed.has(nameOf(method, path)) || this.allowed.has(nameOf(method, `${path.slice(0, path.lastIndexOf('/'))}/*`));
  }

  private remember(endpoints: readonly OpenEndpoint[]): void {
    this.endpoints = endpoints;
    this.allowed = new Set(endpoints.map(({ method, path }) => nameOf(method, path)));
  }

  private assertOwn(tenantId: string): void {
    if (tenantId !== this.tenantId) throw new AppError('NOT_FOUND', 'No flows of your tenant run here.');
  }
}

function nameOf(method: string, path: string): string {
  return `${method} ${path}`;
}
