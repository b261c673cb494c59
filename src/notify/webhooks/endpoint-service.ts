import { changesOf } from '../../auth/audit-changes.ts';
import type { TransactionalAudit } from '../../auth/audit.ts';
import type { NewWebhook, PatchWebhook, Webhook, WebhookWithSecret } from '../../contracts/webhooks.ts';
import type { Clock } from '../../core/clock.ts';
import { AppError } from '../../core/errors.ts';
import type { NewId } from '../../core/ids.ts';
import type { Database, Queryable } from '../../storage/database.ts';
import {
  deleteEndpoint,
  findEndpointSecrets,
  insertEndpoint,
  listEndpoints,
  lockEndpoint,
  rotateEndpointSecret,
  updateEndpoint,
} from '../../storage/repositories/webhook-endpoints.ts';
import type { EndpointSecrets } from '../../storage/repositories/webhook-endpoints.ts';
import { secretOf } from '../channels/webhook/signature.ts';
import type { EndpointState, WebhookEndpoints } from '../channels/webhook/webhook-channel.ts';
import type { SecretBox } from './secret-box.ts';

/** What the keeper of endpoints works with. */
export interface EndpointServiceDeps {
  db: Database;
  clock: Clock;
  newId: NewId;
  audit: TransactionalAudit;
  box: SecretBox;
  /** Signs for every URL without a secret of its own. */
  defaultSecret: string;
  random: (bytes: number) => Buffer;
}

/** Who changes an endpoint, and from where. */
export interface EndpointAuthor {
  tenantId: string;
  actor: string;
  address?: string | undefined;
}

const SECRET_BYTES = 32;
const MAX_URL = 2_000;
const BY_HAND = 'a person disabled it';

/**
 * The URLs that webhooks go to: each may have a secret of its own, which is shown once, kept encrypted and can be rotated, and may be disabled,
 * by a person or by its own answer 410. Each change stands in the audit log, written in the same transaction.
 */
export class EndpointService implements WebhookEndpoints {
  private readonly deps: EndpointServiceDeps;

  constructor(deps: EndpointServiceDeps) {
    this.deps = deps;
  }

  /** Endpoints of a tenant by name. */
  list(query: { tenantId: string; after: { name: string; id: string } | undefined; limit: number }): Promise<Webhook[]> {
    return this.deps.db.asTenant(query.tenantId, (tx) => listEndpoints(tx, query));
  }

  /** Registers a URL and makes a secret for it. CONFLICT when it is registered. */
  async create(author: EndpointAuthor, { url, name }: NewWebhook): Promise<WebhookWithSecret> {
    const { db, newId, clock, box, random } = this.deps;
    const { tenantId, actor } = author;
    const id = newId();
    const secret = secretOf(random(SECRET_BYTES));
    const kept = keptUrl(url);
    return db.asTenant(tenantId, async (tx) => {
      const endpoint = { id, tenantId, url: kept, name, secret: box.seal(secret, id), actor, atMs: clock.nowMs() };
      if (!(await insertEndpoint(tx, endpoint))) throw await this.alreadyThere(tx, tenantId, kept);
      const after = await present(tx, tenantId, id);
      await this.record(tx, author, { action: 'webhook.create', after });
      return { ...after, secret };
    });
  }

  /** Names, enables or disables an endpoint; NOT_FOUND. */
  async change(author: EndpointAuthor, id: string, { name, enabled }: PatchWebhook): Promise<Webhook> {
    const { tenantId, actor } = author;
    return this.deps.db.asTenant(tenantId, async (tx) => {
      const before = await present(tx, tenantId, id);
      const reason = enabled === undefined ? before.disabled_reason : enabled ? null : (before.disabled_reason ?? BY_HAND);
      const wanted = { name: name ?? before.name, disabledReason: reason };
      if (wanted.name === before.name && wanted.disabledReason === before.disabled_reason) return before;
      await updateEndpoint(tx, { tenantId, id, actor, atMs: this.deps.clock.nowMs() }, wanted);
      const after = await present(tx, tenantId, id);
      await this.record(tx, author, { action: 'webhook.change', before, after });
      return after;
    });
  }

  /** Makes another secret; the one before (the installation's own, if there was none) signs beside it for a while. NOT_FOUND. */
  async rotate(author: EndpointAuthor, id: string, overlapSeconds: number): Promise<WebhookWithSecret> {
    const { db, clock, box, random, defaultSecret } = this.deps;
    const { tenantId, actor } = author;
    const secret = secretOf(random(SECRET_BYTES));
    return db.asTenant(tenantId, async (tx) => {
      const before = await present(tx, tenantId, id);
      const held = await findEndpointSecrets(tx, tenantId, before.url);
      const old = held?.secret ?? box.seal(defaultSecret, id);
      const atMs = clock.nowMs();
      const overlap = overlapSeconds === 0 ? NO_OVERLAP : { previous: old, previousUntilMs: atMs + overlapSeconds * 1_000 };
      await rotateEndpointSecret(tx, { tenantId, id, actor, atMs }, { secret: box.seal(secret, id), ...overlap });
      const after = await present(tx, tenantId, id);
      await this.record(tx, author, { action: 'webhook.rotate', before, after });
      return { ...after, secret };
    });
  }

  /** Forgets an endpoint: its URL is signed for with the installation's own secret from now on, and is enabled. NOT_FOUND. */
  async remove(author: EndpointAuthor, id: string): Promise<void> {
    const { tenantId } = author;
    await this.deps.db.asTenant(tenantId, async (tx) => {
      const before = await present(tx, tenantId, id);
      await deleteEndpoint(tx, tenantId, id);
      await this.record(tx, author, { action: 'webhook.remove', before });
    });
  }

  async stateOf(tenantId: string, url: string): Promise<EndpointState> {
    const { db, defaultSecret } = this.deps;
    const held = await db.readAsTenant(tenantId, (tx) => findEndpointSecrets(tx, tenantId, plainUrl(url)));
    if (held === undefined) return { secrets: [defaultSecret], disabledReason: undefined };
    return { secrets: this.secretsOf(held), disabledReason: held.disabled_at === null ? undefined : (held.disabled_reason ?? BY_HAND) };
  }

  async disable(tenantId: string, url: string, reason: string): Promise<void> {
    const { db, newId, clock } = this.deps;
    const plain = plainUrl(url);
    if (plain.length > MAX_URL) return; // No list could hold it; its next delivery is told 410 again.
    const author = { tenantId, actor: 'platform' };
    await db.asTenant(tenantId, async (tx) => {
      const fresh = {
        id: newId(),
        tenantId,
        url: plain,
        name: new URL(plain).host,
        secret: null,
        actor: author.actor,
        atMs: clock.nowMs(),
      };
      await insertEndpoint(tx, fresh);
      const id = (await findEndpointSecrets(tx, tenantId, plain))?.id ?? fresh.id;
      const before = await present(tx, tenantId, id);
      if (!before.enabled) return;
      await updateEndpoint(tx, { tenantId, id, actor: author.actor, atMs: clock.nowMs() }, { name: before.name, disabledReason: reason });
      await this.record(tx, author, { action: 'webhook.disable', before, after: await present(tx, tenantId, id) });
    });
  }

  private secretsOf({ id, secret, previous_secret: previous, previous_until: until }: EndpointSecrets): string[] {
    const { box, clock, defaultSecret } = this.deps;
    const current = secret === null ? defaultSecret : box.open(secret, id);
    const isOverlap = previous !== null && until !== null && until.getTime() > clock.nowMs();
    return isOverlap ? [current, box.open(previous, id)] : [current];
  }

  private async alreadyThere(tx: Queryable, tenantId: string, url: string): Promise<AppError> {
    const id = (await findEndpointSecrets(tx, tenantId, url))?.id ?? '';
    return new AppError(
      'CONFLICT',
      `${url} is registered already. POST /api/v1/webhooks/${id}/rotate makes another secret for it; DELETE removes it.`,
      { details: { id } },
    );
  }

  private record(
    tx: Queryable,
    { tenantId, actor, address }: EndpointAuthor,
    { action, before, after }: { action: string; before?: Webhook; after?: Webhook },
  ): Promise<void> {
    const { id, name } = after ?? before ?? { id: '', name: '' };
    const details = { name, ...changesOf(before, after) };
    return this.deps.audit.recordIn(tx, { tenantId, actor, action, target: id, outcome: 'ok', address, details });
  }
}

const NO_OVERLAP = { previous: null, previousUntilMs: null };

/** One spelling for one place: as browsers write it, without the part after # that is never sent. */
function plainUrl(url: string): string {
  const plain = new URL(url);
  plain.hash = '';
  return plain.href;
}

function keptUrl(url: string): string {
  const plain = plainUrl(url);
  if (plain.length <= MAX_URL) return plain;
  const message = `"url" has ${String(plain.length)} characters once it is encoded, more than ${String(MAX_URL)}; use a shorter one.`;
  throw new AppError('INVALID_REQUEST', message, { errors: [{ field: 'url', message }] });
}

async function present(tx: Queryable, tenantId: string, id: string): Promise<Webhook> {
  const endpoint = await lockEndpoint(tx, tenantId, id);
  if (endpoint !== undefined) return endpoint;
  throw new AppError('NOT_FOUND', `There is no webhook ${id}. GET /api/v1/webhooks lists those that are registered.`);
}
