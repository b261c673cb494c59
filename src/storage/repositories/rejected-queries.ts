import type { RejectedMessage, RejectReason } from '../../contracts/telemetry.ts';
import type { Queryable } from '../database.ts';
import { isoMs } from './columns.ts';

/** Which refused messages to list: newest first, those before the cursor. */
export interface RejectedQuery {
  tenantId: string;
  deviceId: string | undefined;
  reason: RejectReason | undefined;
  beforeId: string | undefined;
  limit: number;
}

type RejectedRow = Omit<RejectedMessage, 'raw'> & { raw: Buffer };

/** Refused messages with the bytes that were kept, read as text. */
export async function listRejected(db: Queryable, query: RejectedQuery): Promise<RejectedMessage[]> {
  const { rows } = await db.query<RejectedRow>(
    `select rejected_id::text as id, ${isoMs('received_at')} as received_at, device_id, source, topic, reason, message, field, raw, size_bytes
       from rejected_messages
      where tenant_id = $1 and ($2::text is null or device_id = $2) and ($3::text is null or reason = $3) and ($4::int8 is null or rejected_id < $4)
      order by rejected_id desc limit $5`,
    [query.tenantId, query.deviceId ?? null, query.reason ?? null, query.beforeId ?? null, query.limit],
  );
  return rows.map((row) => ({ ...row, raw: row.raw.toString('utf8') }));
}
