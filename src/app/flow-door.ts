import type { IncomingMessage } from 'node:http';
import { authenticate } from '../api/middleware/authenticate.ts';
import type { Authentication } from '../api/middleware/authenticate.ts';
import type { AuditLog } from '../auth/audit.ts';
import { SESSION_COOKIE } from '../auth/session-cookie.ts';
import { AppError } from '../core/errors.ts';
import { actorOf } from '../core/principal.ts';
import type { Principal } from '../core/principal.ts';

/** What the door asks, and where it tells whom it refused. */
export interface FlowDoorDeps extends Authentication {
  /** Which endpoints need no key. */
  openEndpoints: { isOpen(method: string, path: string): boolean };
  audit: AuditLog;
  /** Whose flows these are; keys and logins of others open nothing. */
  tenantId: string;
}

/** In front of the endpoints that engineers build: they need a key, or a login, unless they are open. The flow is shown neither. */
export class FlowDoor {
  private readonly deps: FlowDoorDeps;

  constructor(deps: FlowDoorDeps) {
    this.deps = deps;
  }

  /**
   * Lets a request through, or fails: UNAUTHENTICATED without a good proof, NOT_FOUND for other tenants, PASSWORD_CHANGE_REQUIRED. `path` is what
   * follows `/flows`, without the query.
   */
  async admitRequest(request: IncomingMessage, path: string): Promise<void> {
    if (this.deps.openEndpoints.isOpen(request.method ?? '', path)) await this.hideProof(request);
    else await this.admit(request);
  }

  /** The same for what is never open: WebSockets. */
  async admit(request: IncomingMessage): Promise<void> {
    const { headers } = request;
    const { principal, session } = await authenticate(headers, this.deps).catch(async (error: unknown) => {
      if (error instanceof AppError) await this.auditRefusal(request, undefined);
      throw error;
    });
    if (principal.tenantId !== this.deps.tenantId) {
      await this.auditRefusal(request, principal);
      throw new AppError('NOT_FOUND', 'No flows of your tenant run here.');
    }
    if (session?.mustChangePassword === true) throw new AppError('PASSWORD_CHANGE_REQUIRED', 'Change the password first.');
    if (headers['x-api-key'] === undefined) delete headers.authorization;
    withoutKeyAndCookie(headers);
  }

  /** Nobody is asked at an open endpoint; who shows a proof of ours all the same must not have it shown to the flow. */
  private async hideProof({ headers }: IncomingMessage): Promise<void> {
    const token = /^Bearer +(\S+)$/i.exec(headers.authorization ?? '')?.[1];
    if (token !== undefined && (await this.deps.sessions.sessionOfToken(token)) !== undefined) delete headers.authorization;
    withoutKeyAndCookie(headers);
  }

  /** In the log of the tenant that was refused; of strangers in that of the installation. */
  private async auditRefusal(request: IncomingMessage, principal: Principal | undefined): Promise<void> {
    const tenantId = principal?.tenantId ?? this.deps.tenantId;
    const actor = principal === undefined ? 'unknown' : actorOf(principal);
    const target = `${request.method ?? ''} ${(request.url ?? '').split('?', 1)[0] ?? ''}`;
    const address = request.socket.remoteAddress;
    await this.deps.audit.record({ tenantId, actor, action: 'flows.call', target, outcome: 'refused', address });
  }
}

function withoutKeyAndCookie(headers: IncomingMessage['headers']): void {
  delete headers['x-api-key'];
  headers.cookie = (headers.cookie ?? '')
    .split(';')
    .filter((part) => part.trim().split('=', 1)[0] !== SESSION_COOKIE)
    .join(';');
}
