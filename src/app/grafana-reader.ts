import { AuditService } from '../auth/audit.ts';
import { generatePassword } from '../auth/passwords.ts';
import type { Config } from '../config/config.ts';
import { systemClock } from '../core/clock.ts';
import { AppError } from '../core/errors.ts';
import type { Logger } from '../core/logger.ts';
import type { Queryable } from '../storage/database.ts';
import * as readers from '../storage/grafana-readers.ts';
import type { GrafanaReader } from '../storage/grafana-readers.ts';
import * as advice from '../storage/reader-advice.ts';
import { openDatabase } from '../storage/postgres.ts';
import type { ConnectionConfig, OpenDatabase } from '../storage/postgres.ts';
import { connectClient } from '../storage/connection.ts';
import { withDatabase } from './installation-database.ts';

/** Which installation. */
export interface GrafanaReaderOptions {
  config: Pick<Config, 'dataDir' | 'databaseUrl' | 'publicUrl' | 'httpPort' | 'embeddedDatabasePort'>;
  logger: Logger;
}

/** What Grafana needs to log in: shown once. */
export interface ReaderAccess {
  name: string;
  /** Undefined for a role that somebody else made: its password is theirs. */
  password: string | undefined;
  tenantId: string;
  platformUrl: string;
  /** As Grafana takes it: `host:port`, or the folder of a unix socket. */
  address: string;
  database: string;
  /** Whether it is reached over a unix socket alone. */
  isSocketOnly: boolean;
}

/** What to make. */
export interface NewReader {
  name: string;
  tenantId: string;
  /** `new`: a role that this makes; `existing`: one that an administrator of the server has made. */
  role: 'new' | 'existing';
}

const NAME = /^[a-z_][a-z0-9_]{0,62}$/;

/** Makes a reader of one tenant. Fails with an `AppError` that says what to do. */
export async function createReader(options: GrafanaReaderOptions, wanted: NewReader): Promise<ReaderAccess> {
  refuseBadName(wanted.name);
  return withReaders(options, async ({ db, connection }) => {
    const password = wanted.role === 'new' ? generatePassword() : undefined;
    const platformUrl = platformUrlOf(options.config);
    await changeRoles(db, advice.create(wanted.name), async (tx) => {
      await refuseUnfit(tx, wanted);
      await readers.openViews(tx);
      if (password !== undefined) await readers.writeRole(tx, wanted.name, password);
      await readers.insertReader(tx, { name: wanted.name, tenantId: wanted.tenantId, platformUrl });
    });
    await record(connection, options.logger, 'grafana_reader.create', wanted);
    return { ...accessOf(connection, options.config), ...wanted, password, platformUrl };
  });
}

/** Gives a reader another password, and its role back where the server has lost it (a restored backup). Open sessions go on. */
export function rotateReader(options: GrafanaReaderOptions, name: string): Promise<ReaderAccess> {
  return withReaders(options, async ({ db, connection }) => {
    const { tenantId } = await known(db, name);
    const password = generatePassword();
    const platformUrl = platformUrlOf(options.config);
    await changeRoles(db, advice.rotate(name), async (tx) => {
      await readers.openViews(tx);
      await readers.writeRole(tx, name, password);
      await readers.touchReader(tx, { name, platformUrl });
    });
    await record(connection, options.logger, 'grafana_reader.rotate', { name, tenantId });
    return { ...accessOf(connection, options.config), name, tenantId, password, platformUrl };
  });
}

/** Removes a reader and its role, and ends its sessions. */
export function removeReader(options: GrafanaReaderOptions, name: string): Promise<GrafanaReader> {
  return withReaders(options, async ({ db, connection }) => {
    const reader = await known(db, name);
    await changeRoles(db, advice.drop(name), async (tx) => {
      await readers.deleteReader(tx, name);
      await readers.dropRole(tx, name);
    });
    await record(connection, options.logger, 'grafana_reader.remove', reader);
    return reader;
  });
}

/** All readers of the installation. */
export function listReaders(options: GrafanaReaderOptions): Promise<GrafanaReader[]> {
  return withReaders(options, ({ db }) => readers.listReaders(db));
}

interface Session {
  db: Queryable;
  connection: ConnectionConfig;
}

function withReaders<Result>(options: GrafanaReaderOptions, work: (session: Session) => Promise<Result>): Promise<Result> {
  return withDatabase(options, async (connection) => {
    const db = await connectClient({ ...connection, application_name: 'insa-grafana-reader' }, options.logger);
    try {
      await readers.requireReaders(db);
      return await work({ db, connection });
    } finally {
      await db.end();
    }
  });
}

/** One transaction, so that there is never half a reader. */
async function changeRoles(db: Queryable, statements: string, work: (tx: Queryable) => Promise<void>): Promise<void> {
  await db.query('begin');
  try {
    await work(db);
    await db.query('commit');
  } catch (error) {
    await db.query('rollback').catch(() => undefined); // The first error is the one to tell.
    if (!readers.mayNotMakeRoles(error)) throw error;
    const message = `The database user may not make roles. Let an administrator of the server run:\n\n${statements}`;
    throw new AppError('FORBIDDEN', message, { cause: error });
  }
}

async function refuseUnfit(tx: Queryable, { name, tenantId, role }: NewReader): Promise<void> {
  const tenants = await readers.tenantIds(tx);
  if (!tenants.includes(tenantId))
    throw new AppError('NOT_FOUND', `There is no tenant "${tenantId}". Name one of these with --tenant: ${tenants.join(', ')}.`);
  const present = (await readers.listReaders(tx)).find((reader) => reader.name === name);
  if (present !== undefined) {
    const rule = `The reader "${name}" is there already, for the tenant "${present.tenantId}".`;
    throw new AppError('CONFLICT', `${rule} Give it another password with rotate, or name another with --name.`);
  }
  const found = await readers.roleOf(tx, name);
  if (role === 'new' && found !== undefined) {
    const rule = `The database server has a role "${name}" already, which this installation did not make.`;
    throw new AppError('CONFLICT', `${rule} Name another with --name, or, if an administrator made it for this, add --existing.`);
  }
  if (role === 'existing' && (found?.isMember !== true || found.isStrong)) throw new AppError('CONFLICT', unfitRole(name));
}

function unfitRole(name: string): string {
  return `The database server has no role "${name}" that logs in, is a member of ${readers.READERS_ROLE} and of no other role, and is none of superuser, createdb, createrole, replication and bypassrls. Let an administrator of the server run:\n\n${advice.roleStatements(name)}`;
}

async function known(db: Queryable, name: string): Promise<GrafanaReader> {
  const all = await readers.listReaders(db);
  const found = all.find((reader) => reader.name === name);
  if (found !== undefined) return found;
  const names = all.map((reader) => reader.name);
  const others = names.length === 0 ? 'There is none yet; make one with create.' : `There are: ${names.join(', ')}.`;
  throw new AppError('NOT_FOUND', `There is no reader "${name}". ${others}`);
}

function refuseBadName(name: string): void {
  if (NAME.test(name) && !name.startsWith('pg_')) return;
  const rule = 'small letters, digits and _, at most 63 characters, not beginning with a digit or pg_';
  throw new AppError('INVALID_REQUEST', `The name ${JSON.stringify(name)} is not ${rule}. Choose another with --name.`);
}

/** Beside the change and not within it: the log belongs to the platform's role, roles to the owner. */
async function record(
  connection: ConnectionConfig,
  logger: Logger,
  action: string,
  { name, tenantId }: Pick<GrafanaReader, 'name' | 'tenantId'>,
): Promise<void> {
  const database: OpenDatabase = await openDatabase({ connection, logger, systemPoolSize: 1, apiPoolSize: 1 });
  try {
    const audit = new AuditService({ database, clock: systemClock, logger });
    await audit.record({ tenantId, actor: 'grafana-reader', action, target: name, outcome: 'ok' });
  } finally {
    await database.close();
  }
}

function platformUrlOf({ publicUrl, httpPort }: GrafanaReaderOptions['config']): string {
  return publicUrl ?? `http://localhost:${String(httpPort)}`;
}

function accessOf(
  connection: ConnectionConfig,
  { embeddedDatabasePort }: GrafanaReaderOptions['config'],
): Pick<ReaderAccess, 'address' | 'database' | 'isSocketOnly'> {
  const { host = 'localhost', port = 5432, database = '' } = readers.placeOf(connection);
  if (!host.startsWith('/')) return { address: `${host}:${String(port)}`, database, isSocketOnly: false };
  if (connection.connectionString !== undefined || embeddedDatabasePort === 0) return { address: host, database, isSocketOnly: true };
  return { address: `127.0.0.1:${String(embeddedDatabasePort)}`, database, isSocketOnly: false };
}
