import type {
  MqttChanges,
  MqttState,
  StoredIncoming,
  StoredQueued,
  StoredRetained,
  StoredSession,
  StoredWill,
} from '../../contracts/mqtt-state.ts';
import { isPassing } from '../database.ts';
import type { Database, Queryable } from '../database.ts';

/** The MQTT broker's state in PostgreSQL: read once at start, written through while it runs. */
export class MqttPersistenceRepository {
  private readonly db: Database;

  constructor(db: Database) {
    this.db = db;
  }

  /** Everything that was stored, of every tenant; queued messages in their order. */
  async load(): Promise<MqttState> {
    const pool = this.db.system;
    const sessions = await pool.query<StoredSession>(
      'select client_id as "clientId", tenant_id as "tenantId", subscriptions from mqtt_sessions',
    );
    const retained = await pool.query<StoredRetained>('select topic, tenant_id as "tenantId", payload, qos from mqtt_retained');
    const wills = await pool.query<StoredWill>(
      'select client_id as "clientId", tenant_id as "tenantId", topic, payload, qos, retain from mqtt_wills',
    );
    // float8 is exact for positions (below 2^53) and comes as a number.
    const queued = await pool.query<StoredQueued>(
      `select position::float8 as position, client_id as "clientId", tenant_id as "tenantId", command, topic, payload, qos,
              message_id as "messageId" from mqtt_queue order by mqtt_queue.position`,
    );
    const incoming = await pool.query<StoredIncoming>(
      'select client_id as "clientId", tenant_id as "tenantId", message_id as "messageId" from mqtt_incoming',
    );
    return { sessions: sessions.rows, retained: retained.rows, wills: wills.rows, queued: queued.rows, incoming: incoming.rows };
  }

  /** Writes all changes in one transaction. Rejects with the error of `pg`; then nothing was written. */
  async write(changes: MqttChanges): Promise<void> {
    await this.db.transaction(async (tx) => {
      await writeSessions(tx, changes);
      await writeRetained(tx, changes);
      await writeWills(tx, changes);
      await writeQueued(tx, changes);
      await writeIncoming(tx, changes);
    });
  }

  /** Whether the same write may succeed later without being changed. */
  isPassing(error: unknown): boolean {
    return isPassing(error);
  }
}

async function writeSessions(tx: Queryable, { put, remove }: MqttChanges): Promise<void> {
  if (remove.sessions.length > 0) await tx.query('delete from mqtt_sessions where client_id = any($1::text[])', [remove.sessions]);
  if (put.sessions.length === 0) return;
  await tx.query(
    `insert into mqtt_sessions (client_id, tenant_id, subscriptions) select * from unnest($1::text[], $2::text[], $3::jsonb[])
     on conflict (client_id) do update set tenant_id = excluded.tenant_id, subscriptions = excluded.subscriptions, updated_at = now()`,
    [
      put.sessions.map((session) => session.clientId),
      put.sessions.map((session) => session.tenantId),
      put.sessions.map((session) => JSON.stringify(session.subscriptions)),
    ],
  );
}

async function writeRetained(tx: Queryable, { put, remove }: MqttChanges): Promise<void> {
  if (remove.retained.length > 0) await tx.query('delete from mqtt_retained where topic = any($1::text[])', [remove.retained]);
  if (put.retained.length === 0) return;
  await tx.query(
    `insert into mqtt_retained (topic, tenant_id, payload, qos) select * from unnest($1::text[], $2::text[], $3::bytea[], $4::int2[])
     on conflict (topic) do update
       set tenant_id = excluded.tenant_id, payload = excluded.payload, qos = excluded.qos, updated_at = now()`,
    [
      put.retained.map((message) => message.topic),
      put.retained.map((message) => message.tenantId),
      put.retained.map((message) => message.payload),
      put.retained.map((message) => message.qos),
    ],
  );
}

async function writeWills(tx: Queryable, { put, remove }: MqttChanges): Promise<void> {
  if (remove.wills.length > 0) await tx.query('delete from mqtt_wills where client_id = any($1::text[])', [remove.wills]);
  if (put.wills.length === 0) return;
  await tx.query(
    `insert into mqtt_wills (client_id, tenant_id, topic, payload, qos, retain)
     select * from unnest($1::text[], $2::text[], $3::text[], $4::bytea[], $5::int2[], $6::bool[])
     on conflict (client_id) do update set tenant_id = excluded.tenant_id, topic = excluded.topic, payload = excluded.payload,
       qos = excluded.qos, retain = excluded.retain, updated_at = now()`,
    [
      put.wills.map((will) => will.clientId),
      put.wills.map((will) => will.tenantId),
      put.wills.map((will) => will.topic),
      put.wills.map((will) => will.payload),
      put.wills.map((will) => will.qos),
      put.wills.map((will) => will.retain),
    ],
  );
}

async function writeQueued(tx: Queryable, { put, remove }: MqttChanges): Promise<void> {
  if (remove.queued.length > 0) await tx.query('delete from mqtt_queue where position = any($1::int8[])', [remove.queued]);
  if (put.queued.length === 0) return;
  await tx.query(
    `insert into mqtt_queue (position, client_id, tenant_id, command, topic, payload, qos, message_id)
     select * from unnest($1::int8[], $2::text[], $3::text[], $4::text[], $5::text[], $6::bytea[], $7::int2[], $8::int4[])
     on conflict (position) do update set command = excluded.command, topic = excluded.topic, payload = excluded.payload,
       qos = excluded.qos, message_id = excluded.message_id`,
    [
      put.queued.map((message) => message.position),
      put.queued.map((message) => message.clientId),
      put.queued.map((message) => message.tenantId),
      put.queued.map((message) => message.command),
      put.queued.map((message) => message.topic),
      put.queued.map((message) => message.payload),
      put.queued.map((message) => message.qos),
      put.queued.map((message) => message.messageId),
    ],
  );
}

async function writeIncoming(tx: Queryable, { put, remove }: MqttChanges): Promise<void> {
  if (remove.incoming.length > 0) {
    await tx.query(
      `delete from mqtt_incoming i using unnest($1::text[], $2::int4[]) as gone (client_id, message_id)
        where i.client_id = gone.client_id and i.message_id = gone.message_id`,
      [remove.incoming.map((message) => message.clientId), remove.incoming.map((message) => message.messageId)],
    );
  }
  if (put.incoming.length === 0) return;
  await tx.query(
    `insert into mqtt_incoming (client_id, tenant_id, message_id) select * from unnest($1::text[], $2::text[], $3::int4[])
     on conflict do nothing`,
    [
      put.incoming.map((message) => message.clientId),
      put.incoming.map((message) => message.tenantId),
      put.incoming.map((message) => message.messageId),
    ],
  );
}
