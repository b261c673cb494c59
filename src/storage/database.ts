import type pg from 'pg';

/** Anything that runs SQL with bound parameters: a pool or a client inside a transaction. */
export type Queryable = Pick<pg.ClientBase, 'query'>;

/**
 * The database as the rest of the platform sees it. Transactions retry nothing by themselves; a lost connection rejects with
 * the `pg` error (see `isPassing` for which are worth another try).
 */
export interface Database {
  /** Connections of the role `insa_ingest`: the platform's own work, every tenant. */
  readonly system: pg.Pool;
  /** `api`: a role with row-level security exists and is used for requests. `query`: isolation by query alone. */
  readonly isolation: 'role' | 'query';
  /** One transaction of the platform itself. Rolled back when `work` rejects. */
  transaction<Result>(work: (tx: Queryable) => Promise<Result>): Promise<Result>;
  /** One transaction of the role `insa_api` that sees only `tenantId` (sets `app.tenant` for its length). */
  asTenant<Result>(tenantId: string, work: (tx: Queryable) => Promise<Result>): Promise<Result>;
  /**
   * Statements of the role `insa_api` that see only `tenantId`, each by itself and not one picture together: for what one statement answers.
   * Where the server keeps tenants apart this spares the three round trips of a transaction; elsewhere it is one.
   */
  readAsTenant<Result>(tenantId: string, read: (db: Queryable) => Promise<Result>): Promise<Result>;
  /**
   * The same as one picture of the database, which nothing that is committed meanwhile changes, and no statement of which takes longer than `statementMs`
   * (`isCanceled`). It can only read.
   */
  snapshotAsTenant<Result>(tenantId: string, look: (tx: Queryable) => Promise<Result>, bounds: { statementMs: number }): Promise<Result>;
  /** A connection of its own as `insa_ingest` (ingest lanes, LISTEN); the caller ends it. */
  connect(): Promise<pg.Client>;
}

/** SQLSTATEs after which the same statement may succeed: connection lost, server stopping or starting, deadlock, serialization, lock not got in time. */
const PASSING = new Set([
  '40001',
  '40P01',
  '57P01',
  '57P02',
  '57P03',
  '53300',
  '08000',
  '08001',
  '08003',
  '08006',
  '53100',
  '53200',
  '55P03',
  '57P05',
  '58030',
  // A standby that is being promoted.
  '25006',
]);
const PASSING_SYSTEM = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ECONNABORTED',
  'EPIPE',
  'ENOENT',
  'ETIMEDOUT',
  'ENOTCONN',
  'EHOSTUNREACH',
  'EHOSTDOWN',
  'ENETUNREACH',
  'ENETDOWN',
  'EAI_AGAIN',
  'ENOTFOUND',
]);

/** SQLSTATEs that blame the data: bad values, broken constraints, limits of the program. */
const REFUSAL = /^(?:22|23|54)/;

/** True when the database refused what it was given: the rest may be stored, this never will be. */
export function isRefusal(error: unknown): boolean {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' && REFUSAL.test(error.code);
}

/** True when a statement was given up because it took longer than it may. */
export function isCanceled(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === '57014';
}

/** True when `error` is the kind that goes away by itself, so that the work should be tried again and nothing is at fault in it. */
export function isPassing(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const code = 'code' in error && typeof error.code === 'string' ? error.code : undefined;
  if (code !== undefined) return PASSING.has(code) || PASSING_SYSTEM.has(code);
  // pg reports these without a code.
  return /Connection terminated|Query read timeout|Client was closed|Client has encountered a connection error|timeout exceeded when trying to connect|^timeout expired$/.test(
    error.message,
  );
}
