import type { Database } from '../database.ts';

/** The lane of `account_entries` for what was refused; those of ingest are below. */
const REFUSALS_LANE = 200;

/** A row of `rejected_messages` as it is written. */
export interface NewRejectedMessage {
  tenantId: string;
  receivedAtMs: number;
  deviceId: string | null;
  source: string;
  topic: string | null;
  reason: string;
  message: string;
  field: string | null;
  raw: Buffer;
  sizeBytes: number;
}

/** Writes refused messages. Text columns get no NUL: PostgreSQL has none, and the raw bytes keep it anyway. */
export class RejectedMessageRepository {
  private readonly db: Pick<Database, 'system'>;

  constructor(db: Pick<Database, 'system'>) {
    this.db = db;
  }

  /** Writes the messages and (undefined: none) what the accountant is told of them, in one transaction. */
  async insert(rows: readonly NewRejectedMessage[], entry?: string): Promise<void> {
    await this.db.system.query(
      `with account as (
         insert into account_entries (lane, batch, body) select ${String(REFUSALS_LANE)}, nextval('account_refusals'), $11 where $11::text is not null
       )
       insert into rejected_messages (tenant_id, received_at, device_id, source, topic, reason, message, field, raw, size_bytes)
       select * from unnest($1::text[], $2::timestamptz[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[], $9::bytea[], $10::int[])`,
      [
        rows.map((row) => row.tenantId),
        rows.map((row) => new Date(row.receivedAtMs)),
        rows.map((row) => storable(row.deviceId)),
        rows.map((row) => row.source),
        rows.map((row) => storable(row.topic)),
        rows.map((row) => row.reason),
        rows.map((row) => storable(row.message)),
        rows.map((row) => storable(row.field)),
        rows.map((row) => row.raw),
        rows.map((row) => row.sizeBytes),
        entry ?? null,
      ],
    );
  }
}

function storable(text: string | null): string | null {
  return text === null ? null : text.replaceAll('\u0000', '\ufffd').toWellFormed();
}
