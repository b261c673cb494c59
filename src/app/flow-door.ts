import type { IncomingMessage, ServerResponse } from 'node:http';
import { authenticate } from '../api/middleware/authenticate.ts';
import type { Authentication } from '../api/middleware/authenticate.ts';
import type { CountedRequest, RequestLimiter } from '../api/middleware/request-limits.ts';
import type { Caller } from '../api/route.ts';
import type { AuditLog } from '../auth/audit.ts';
import { SESSION_COOKIE } from '../auth/session-cookie.ts';
import { AppError } from '../core/errors.ts';
import { actorOf } from '../core/principal.ts';
import type { Principal } from '../core/principal.ts';

/** What the door asks, and where it tells whom it refused. */
export interface FlowDoorDeps extends Authentication {
  /** Which endpoints need no key. */
  openEndpoints: { isOpen(method: string, path: string): boolean };
  /** Counts calls, together with those of the API. */
  limits: Pick<RequestLimiter, 'inTurn' | 'countStranger' | 'countCaller' | 'countOpenEndpoint'>;
  /** The client's address, as far as configured proxies are believed. */
  addressOf(request: IncomingMessage): string;
  audit: AuditLog;
  /** Whose flows these are; keys and logins of others open nothing. */
  tenantId: string;
}

/** Calls of flows are counted with everything that has no kind of its own. */
const COUNTED_AS = { path: '/flows', rate: 'other' } as const;

/** In front of the endpoints that engineers build: they need a key, or a login, unless they are open. The flow is shown neither. */
export class FlowDoor {
  private readonly deps: FlowDoorDeps;

  constructor(deps: FlowDoorDeps) {
    this.deps = deps;
  }

  /**
   * Lets a request through, or fails: UNAUTHENTICATED without a good proof, NOT_FOUND for other tenants, PASSWORD_CHANGE_REQUIRED, RATE_LIMITED.
   * `path` is what follows `/flows`, without the query.
   */
  async admitRequest(request: IncomingMessage, response: ServerResponse, path: string): Promise<void> {
    const setHeader = (name: string, value: string): void => void response.setHeader(name, value);
    if (!this.deps.openEndpoints.isOpen(request.method ?? '', path)) {
      await this.admit(request, setHeader);
      return;
    }
    await this.deps.limits.countOpenEndpoint(this.countedOf(request, setHeader));
    await this.hideProof(request);
  }

  /** The same for WebSockets, which are never open. */
  admitUpgrade(request: IncomingMessage): Promise<void> {
    return this.admit(request, () => undefined);
  }

  private async admit(request: IncomingMessage, setHeader: CountedRequest['setHeader']): Promise<void> {
    const { headers } = request;
    const caller = await this.callerOf(request, this.countedOf(request, setHeader));
    const { principal, session } = caller;
    if (principal.tenantId !== this.deps.tenantId) {
      await this.auditRefusal(request, principal);
      throw new AppError('NOT_FOUND', 'No flows of your tenant run here.');
    }
    if (session?.mustChangePassword === true) throw new AppError('PASSWORD_CHANGE_REQUIRED', 'Change the password first.');
    if (headers['x-api-key'] === undefined) delete headers.authorization;
    withoutKeyAndCookie(headers);
  }

  private async callerOf(request: IncomingMessage, counted: CountedRequest): Promise<Caller> {
    const { limits } = this.deps;
    const caller = await limits
      .inTurn(counted, () => authenticate(request.headers, this.deps))
      .catch(async (error: unknown) => {
        if (error instanceof AppError && error.code === 'UNAUTHENTICATED') {
          await limits.countStranger(counted);
          await this.auditRefusal(request, undefined);
        }
        throw error;
      });
    await limits.countCaller(COUNTED_AS, caller, counted);
    return caller;
  }

  private countedOf(request: IncomingMessage, setHeader: CountedRequest['setHeader']): CountedRequest {
    const key = request.headers['x-api-key'];
    return { address: this.deps.addressOf(request), target: targetOf(request), key: typeof key === 'string' ? key : undefined, setHeader };
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
    const address = this.deps.addressOf(request);
    await this.deps.audit.record({ tenantId, actor, action: 'flows.call', target: targetOf(request), outcome: 'refused', address });
  }
}

function targetOf({ method = '', url = '' }: IncomingMessage): string {
  return `${method} ${url.split('?', 1)[0] ?? ''}`;
}

function withoutKeyAndCookie(headers: IncomingMessage['headers']): void {
  delete headers['x-api-key'];
  headers.cookie = (headers.cookie ?? '')
    .split(';')
    .filter((part) => part.trim().split('=', 1)[0] !== SESSION_COOKIE)
    .join(';');
}
