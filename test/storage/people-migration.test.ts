import assert from 'node:assert/strict';
import { copyFileSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { silentLogger } from '../../src/core/logger.ts';
import { MIGRATIONS_DIR, migrate } from '../../src/storage/migrate.ts';
import { createEmptyDatabase, queryOnce } from '../support/postgres.ts';

describe('the migration of people', () => {
  it('keeps everybody with the role and the name he had', async () => {
    const database = await createEmptyDatabase();
    const before = mkdtempSync(path.join(os.tmpdir(), 'insa-migrations-'));
    try {
      const older = readdirSync(MIGRATIONS_DIR).filter((file) => file < '0008');
      for (const file of older) copyFileSync(path.join(MIGRATIONS_DIR, file), path.join(before, file));
      const { connection } = database;
      await migrate({ connection, logger: silentLogger, directory: before });
      await queryOnce(
        connection,
        `insert into users (user_id, tenant_id, username, email, password_hash, role) values
           ('11111111-1111-4111-8111-111111111111', 'default', 'Admin', null, 'x', 'admin'),
           ('22222222-2222-4222-8222-222222222222', 'default', 'op', 'Op@example.com', 'x', 'operator')`,
      );
      await migrate({ connection, logger: silentLogger });
      assert.deepEqual(await queryOnce(connection, 'select username, roles from users order by 1'), [
        { username: 'Admin', roles: ['admin'] },
        { username: 'op', roles: ['operator'] },
      ]);
      assert.deepEqual(
        (await queryOnce(connection, 'select name from login_names order by 1')).map((row) => row['name']),
        ['admin', 'op', 'op@example.com'],
      );
      for (const roles of ['{}', '{null}', null])
        await assert.rejects(queryOnce(connection, 'update users set roles = $1', [roles]), /users_roles_check|not-null/);
    } finally {
      rmSync(before, { recursive: true });
      await database.drop();
    }
  });
});
