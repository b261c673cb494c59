import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { AppError } from '../../src/core/errors.ts';
import { silentLogger } from '../../src/core/logger.ts';
import { MIGRATIONS_DIR, migrate } from '../../src/storage/migrate.ts';
import { createEmptyDatabase, queryOnce } from '../support/postgres.ts';

const logger = silentLogger;
const own = readdirSync(MIGRATIONS_DIR)
  .filter((file) => file.endsWith('.sql'))
  .map((file) => file.replace('.sql', ''))
  .sort();

describe('migrate', () => {
  let database: Awaited<ReturnType<typeof createEmptyDatabase>>;
  const folders: string[] = [];

  beforeEach(async () => (database = await createEmptyDatabase()));
  afterEach(() => database.drop());
  after(() => folders.forEach((folder) => rmSync(folder, { recursive: true, force: true })));

  function folderWith(files: Record<string, string>): string {
    const folder = mkdtempSync(path.join(os.tmpdir(), 'insa-migrations-'));
    folders.push(folder);
    for (const [name, sql] of Object.entries(files)) writeFileSync(path.join(folder, name), sql);
    return folder;
  }

  it('applies every migration of the program once, in order', async () => {
    assert.deepEqual(await migrate({ connection: database.connection, logger }), own);
    assert.deepEqual(await migrate({ connection: database.connection, logger }), []);
    const rows = await queryOnce(database.connection, 'select tenant_id from tenants');
    assert.deepEqual(rows, [{ tenant_id: 'default' }]);
  });

  it('lets two processes start at once: one applies, the other waits and finds nothing to do', async () => {
    const both = await Promise.all([1, 2].map(() => migrate({ connection: database.connection, logger })));
    assert.deepEqual(both.map((applied) => applied.length).sort(), [0, own.length]);
  });

  it('leaves nothing of a migration that fails, keeps the ones before it, and goes on from there when it is repaired', async () => {
    const directory = folderWith({
      '0001_good.sql': 'create table good (id int);',
      '0002_bad.sql': 'create table half (id int); insert into half values (1); select 1/0;',
      '0002_bad.sql.orig': 'this is no migration',
    });
    await assert.rejects(migrate({ connection: database.connection, logger, directory }), (error: unknown) => {
      assert.ok(error instanceof AppError);
      assert.match(error.message, /0002_bad failed and was rolled back: division by zero/);
      return true;
    });
    const tables = await queryOnce(
      database.connection,
      `select to_regclass('good') is not null as good, to_regclass('half') is not null as half`,
    );
    assert.deepEqual(tables, [{ good: true, half: false }]);
    writeFileSync(path.join(directory, '0002_bad.sql'), 'create table half (id int);');
    assert.deepEqual(await migrate({ connection: database.connection, logger, directory }), ['0002_bad']);
  });

  it('refuses a database that a newer version made, and changes nothing in it', async () => {
    const newer = folderWith({ '0001_one.sql': 'create table one (id int);', '0002_two.sql': 'create table two (id int);' });
    const older = folderWith({ '0001_one.sql': 'create table one (id int);' });
    await migrate({ connection: database.connection, logger, directory: newer });
    await assert.rejects(migrate({ connection: database.connection, logger, directory: older }), (error: unknown) => {
      assert.ok(error instanceof AppError);
      assert.equal(error.code, 'SCHEMA_TOO_NEW');
      assert.match(error.message, /0002_two/);
      return true;
    });
  });
});
