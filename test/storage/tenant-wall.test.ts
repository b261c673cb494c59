import assert from 'node:assert/strict';
import { createTestDatabase, queryOnce } from '../support/postgres.ts';
import type { TestDatabase } from '../support/postgres.ts';

/** Tables that hold no tenant's data, and why; those with a series have the tenant of their series. A new table without a tenant must be explained here. */
const WITHOUT_TENANT: Record<string, string> = {
  account_entries: 'commits of all tenants, for a second',
  account_lanes: 'how far entries are added up',
  account_uncounted_days: 'days before anybody counted',
  account_waiting: 'what commits of all tenants left to be judged',
  ingest_batches: 'the platform’s own, for seconds',
  rollup_state: 'how far the roll-up has come',
  schema_migrations: 'which migrations have run',
};

interface Column {
  name: string;
  type: string;
}

interface Table {
  name: string;
  columns: Column[];
}

/**
 * The second wall, table by table as the catalog has them: whatever a query of a request forgets, it sees and changes rows of its own
 * tenant alone. Rows are generated for every table with a tenant, so that an empty table proves nothing.
 */
describe('the wall between tenants', () => {
  let database: TestDatabase;
  let tables: Table[] = [];
  const owner = (text: string, values?: unknown[]) => queryOnce(database.connection, text, values);
  const asTenant = (tenant: string, text: string) => database.db.asTenant(tenant, async (tx) => (await tx.query(text)).rows as object[]);
  const rightsOf = async (table: string): Promise<string[]> => {
    const [row] = await owner(
      `select array(select r from unnest(array['select', 'insert', 'update', 'delete', 'truncate']) r where has_table_privilege('insa_api', $1, r)
                     or (r <> 'delete' and r <> 'truncate' and has_any_column_privilege('insa_api', $1, r))) as rights`,
      [table],
    );
    return row?.['rights'] as string[];
  };

  before(async () => {
    database = await createTestDatabase();
    await owner(`insert into tenants (tenant_id, name) values ('acme', 'Acme')`);
    tables = await tablesWithTenant();
    // What a value may be does not matter here, and neither does what it refers to: only whose it is.
    const checks = await owner(
      `select conrelid::regclass::text as name, conname from pg_constraint where contype = 'c' and connamespace = 'public'::regnamespace`,
    );
    for (const { name, conname } of checks) await owner(`alter table ${String(name)} drop constraint "${String(conname)}"`);
    for (const table of tables) for (const tenant of ['default', 'acme']) await fill(table, tenant);
  });
  after(() => database.drop());

  async function tablesWithTenant(): Promise<Table[]> {
    const rows = await owner(
      `select c.relname as name, json_agg(json_build_object('name', a.attname, 'type', format_type(a.atttypid, null)) order by a.attnum)
                filter (where a.attnotnull and not a.atthasdef and a.attidentity = '') as columns
         from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
        where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p') and not c.relispartition
          and exists (select from pg_attribute t where t.attrelid = c.oid and t.attname = 'tenant_id' and not t.attisdropped)
        group by c.oid, c.relname order by c.relname`,
    );
    return rows as unknown as Table[];
  }

  async function fill({ name, columns }: Table, tenant: string): Promise<void> {
    if (name === 'tenants') return;
    const given = columns.map((column) => (column.name === 'tenant_id' ? `'${tenant}'` : sampleOf(column, tenant)));
    await owner(
      `set session_replication_role = replica; insert into "${name}" (${columns.map((column) => `"${column.name}"`).join(', ')}) values (${given.join(', ')})`,
    );
  }

  function sampleOf({ name, type }: Column, tenant: string): string {
    switch (type) {
      case 'uuid':
        return 'gen_random_uuid()';
      case 'timestamp with time zone':
        return 'now()';
      case 'jsonb':
      case 'json':
        return `'{}'`;
      case 'boolean':
        return 'false';
      case 'bytea':
        return `'${name}-${tenant}'::bytea`;
      case 'smallint':
      case 'integer':
      case 'bigint':
        return String(tenant.length);
      case 'text[]':
        return `'{}'`;
      case 'double precision':
      case 'numeric':
        return '1';
      case 'date':
        return 'current_date';
      default:
        return `'${name}-${tenant}'`; // Text.
    }
  }

  it('stands around every table with a tenant: row-level security, a policy for the platform, and one by tenant where requests have rights', async () => {
    assert.ok(tables.length >= 20, 'the catalog was read');
    for (const { name } of tables) {
      const [row] = await owner('select relrowsecurity as on, relforcerowsecurity as forced from pg_class where oid = $1::regclass', [
        name,
      ]);
      assert.equal(row?.['on'], true, `${name} has no row-level security; end its migration with insa_protect`);
      const policies = await owner(
        `select policyname as name, roles::text[] as roles, permissive, cmd, qual, with_check as check from pg_policies where tablename = $1`,
        [name],
      );
      const ofRequests = policies.filter(({ roles }) => (roles as string[]).some((role) => role === 'insa_api' || role === 'public'));
      const rights = await rightsOf(name);
      assert.equal(ofRequests.length > 0, rights.length > 0, `${name}: rights ${rights.join(' ')} and policies go together`);
      for (const policy of ofRequests) {
        assert.deepEqual(
          [policy['qual'], policy['check']],
          Array(2).fill('(tenant_id = insa_current_tenant())'),
          `${name}: ${String(policy['name'])}`,
        );
      }
      assert.ok(!rights.includes('truncate'), `${name}: truncate knows no rows`);
    }
  });

  it('is explained for every table without a tenant, none of which requests can read', async () => {
    const rows = await owner(
      `select relname as name from pg_class c where relnamespace = 'public'::regnamespace and relkind in ('r', 'p') and not relispartition
          and not exists (select from pg_attribute a where a.attrelid = c.oid and a.attname in ('tenant_id', 'series_id') and not a.attisdropped)`,
    );
    assert.deepEqual(rows.map(({ name }) => String(name)).sort(), Object.keys(WITHOUT_TENANT).sort(), 'tables without a tenant');
    const ofSeries = await owner(
      `select relname as name from pg_class c where relnamespace = 'public'::regnamespace and relkind in ('r', 'p')
          and exists (select from pg_attribute a where a.attrelid = c.oid and a.attname = 'series_id' and not a.attisdropped)
          and not exists (select from pg_attribute a where a.attrelid = c.oid and a.attname = 'tenant_id' and not a.attisdropped)`,
    );
    assert.ok(ofSeries.length >= 3);
    for (const { name } of [...rows, ...ofSeries]) {
      assert.deepEqual(await rightsOf(String(name)), [], String(name));
      await assert.rejects(asTenant('acme', `select from "${String(name)}"`), /permission denied/, String(name));
    }
  });

  it('shows a query that forgets its tenant the rows of its own alone', async () => {
    for (const { name } of tables) {
      const all = await owner(`select count(distinct tenant_id)::int as n from "${name}"`);
      assert.equal(all[0]?.['n'], 2, `${name} has rows of both`);
      if (!(await rightsOf(name)).includes('select')) {
        await assert.rejects(asTenant('acme', `select from "${name}"`), /permission denied/, name);
        continue;
      }
      assert.deepEqual(await asTenant('acme', `select distinct tenant_id from "${name}"`), [{ tenant_id: 'acme' }], name);
      assert.deepEqual(await asTenant('nobody', `select tenant_id from "${name}"`), [], name);
      assert.deepEqual(await asTenant('', `select tenant_id from "${name}"`), [], name);
    }
  });

  it('keeps a request from changing, removing, giving away and planting rows of others', async () => {
    for (const { name, columns } of tables) {
      const before = await owner(`select count(*)::int as n from "${name}" where tenant_id = 'default'`);
      const attempts: [string, string][] = [
        ['update', `update "${name}" set tenant_id = tenant_id where tenant_id = 'default'`],
        ['delete', `delete from "${name}" where tenant_id = 'default'`],
      ];
      for (const [right, text] of attempts) {
        // A right on some columns alone is refused for the others: that is as good.
        const changed = await database.db
          .asTenant('acme', async (tx) => (await tx.query(text)).rowCount ?? 0)
          .catch((error: unknown) => (/permission denied/.test(String(error)) ? 0 : Promise.reject(error as Error)));
        assert.equal(changed, 0, `${right} ${name}`);
      }
      const refused = /row-level security|permission denied/;
      await assert.rejects(asTenant('acme', `update "${name}" set tenant_id = 'default'`), refused, name);
      const values = columns.map((column) => (column.name === 'tenant_id' ? `'default'` : sampleOf(column, 'planted')));
      const insert = `insert into "${name}" (${columns.map((column) => `"${column.name}"`).join(', ')}) values (${values.join(', ')})`;
      await assert.rejects(asTenant('acme', insert), refused, name);
      assert.deepEqual(await owner(`select count(*)::int as n from "${name}" where tenant_id = 'default'`), before, name);
    }
  });

  it('shows requests nothing of others through any view or function that is theirs', async () => {
    const views = await owner(`select relname as name from pg_class where relnamespace = 'public'::regnamespace and relkind in ('v', 'm')`);
    for (const { name } of views) {
      const [readable] = await owner(`select has_table_privilege('insa_api', $1, 'select') as yes`, [name]);
      if (readable?.['yes'] !== true) continue;
      const definition = await owner(`select pg_get_viewdef($1::regclass) as text`, [name]);
      assert.match(String(definition[0]?.['text']), /insa_current_tenant\(\)/, `${String(name)} asks for the tenant`);
      assert.deepEqual(await asTenant('nobody', `select * from "${String(name)}"`), [], String(name));
      const seen = await asTenant('acme', `select distinct tenant_id from "${String(name)}" where tenant_id is distinct from 'acme'`);
      assert.deepEqual(seen, [], String(name));
    }
    const functions = await owner(
      `select p.oid::regprocedure::text as name, prosrc as text from pg_proc p
        where pronamespace = 'public'::regnamespace and prosecdef and prorettype <> 'trigger'::regtype and has_function_privilege('insa_api', p.oid, 'execute')`,
    );
    assert.ok(functions.length > 0);
    for (const { name, text } of functions)
      assert.match(String(text), /insa_current_tenant\(\)/, `${String(name)} runs as the owner and asks for the tenant`);
  });

  it('lets requests append to the audit log and never change it', async () => {
    assert.deepEqual(
      (await rightsOf('audit_log')).filter((right) => right !== 'select' && right !== 'insert'),
      [],
    );
  });
});
