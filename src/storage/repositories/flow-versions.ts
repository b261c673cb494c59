import type { FlowOrigin, FlowVersion } from '../../contracts/flows.ts';
import type { FlowNode } from '../../flows/flow-node.ts';
import type { Queryable } from '../database.ts';
import { isoMs } from './columns.ts';

/** A version to keep. */
export interface NewFlowVersion {
  id: string;
  tenantId: string;
  createdAtMs: number;
  author: string;
  origin: FlowOrigin;
  summary: string;
  note: string | undefined;
  /** The number of the version that was deployed again. */
  rolledBackFrom: number | undefined;
  flows: readonly FlowNode[];
}

/** A version with its flows. */
export type StoredFlowVersion = FlowVersion & { flows: FlowNode[] };

const COLUMNS = `id, number, ${isoMs('created_at')} as created_at, author, origin, summary, note, rolled_back_from`;

/** The newest version of a tenant; until the transaction ends nobody else adds one. */
export async function lockNewestVersion(tx: Queryable, tenantId: string): Promise<{ number: number; flows: FlowNode[] } | undefined> {
  await tx.query(`select pg_advisory_xact_lock(hashtextextended('flow versions ' || $1, 0))`, [tenantId]);
  const { rows } = await tx.query<{ number: number; flows: FlowNode[] }>(
    'select number, flows from flow_versions where tenant_id = $1 order by number desc limit 1',
    [tenantId],
  );
  return rows[0];
}

/** Adds a version behind the newest one and removes those beyond the newest `keep`. */
export async function insertFlowVersion(tx: Queryable, version: NewFlowVersion, of: { number: number; keep: number }): Promise<void> {
  await tx.query(
    `insert into flow_versions (id, tenant_id, number, created_at, author, origin, summary, note, rolled_back_from, flows)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
    [
      version.id,
      version.tenantId,
      of.number,
      new Date(version.createdAtMs),
      version.author,
      version.origin,
      version.summary,
      version.note ?? null,
      version.rolledBackFrom ?? null,
      JSON.stringify(version.flows),
    ],
  );
  await tx.query('delete from flow_versions where tenant_id = $1 and number <= $2', [version.tenantId, of.number - of.keep]);
}

/** The versions of a tenant, newest first, before the cursor. */
export async function listFlowVersions(
  db: Queryable,
  query: { tenantId: string; beforeNumber: number | undefined; limit: number },
): Promise<FlowVersion[]> {
  const { rows } = await db.query<FlowVersion>(
    `select ${COLUMNS} from flow_versions where tenant_id = $1 and ($2::int is null or number < $2) order by number desc limit $3`,
    [query.tenantId, query.beforeNumber ?? null, query.limit],
  );
  return rows;
}

/** One version with its flows. */
export async function findFlowVersion(db: Queryable, tenantId: string, id: string): Promise<StoredFlowVersion | undefined> {
  const { rows } = await db.query<StoredFlowVersion>(`select ${COLUMNS}, flows from flow_versions where tenant_id = $1 and id = $2`, [
    tenantId,
    id,
  ]);
  return rows[0];
}

/** The flows of the version with a number; undefined when it is not kept (any more). */
export async function flowsOfNumber(db: Queryable, tenantId: string, number: number): Promise<FlowNode[] | undefined> {
  const { rows } = await db.query<{ flows: FlowNode[] }>('select flows from flow_versions where tenant_id = $1 and number = $2', [
    tenantId,
    number,
  ]);
  return rows[0]?.flows;
}
