import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import os from 'node:os';
import path from 'node:path';
import pg from 'pg';
import { createReader, listReaders, removeReader, rotateReader } from '../../src/app/grafana-reader.ts';
import { AppError } from '../../src/core/errors.ts';
import { silentLogger } from '../../src/core/logger.ts';
import { migrate } from '../../src/storage/migrate.ts';
import { eventually } from '../support/platform.ts';
import { createEmptyDatabase, queryOnce } from '../support/postgres.ts';
import { asReader, config, fillDatabase, newReaderName } from './support.ts';
import type { FilledDatabase } from './support.ts';

const SCRIPT = path.join(import.meta.dirname, '..', '..', 'scripts', 'grafana-reader.ts');

describe('a reader for Grafana', () => {
  let filled: FilledDatabase;
  before(async () => (filled = await fillDatabase()));
  after(() => filled.drop());

  const owner = (text: string, values?: unknown[]) => queryOnce(filled.database.connection, text, values);
  const read = (text: string) => asReader(filled, async (client) => (await client.query<Record<string, unknown>>(text)).rows);
  const options = () => ({ config: config(filled.database), logger: silentLogger });
  const views = async () =>
    (await owner(`select relname as name from pg_class where relkind = 'v' and relname like 'grafana\\_%' order by 1`)).map(({ name }) =>
      String(name),
    );

  it('sees rows of its own tenant in every view, and no other', async () => {
    const names = await views();
    assert.equal(names.length, 10);
    for (const name of names) {
      const [row] = await read(`select count(*)::int as all, count(*) filter (where v::text like '%acme%')::int as others from ${name} v`);
      assert.ok(Number(row?.['all']) > 0, `${name} is empty`);
      assert.equal(row?.['others'], 0, name);
    }
    assert.deepEqual(await read('select distinct device_id from grafana_telemetry order by 1'), [
      { device_id: 'default-0' },
      { device_id: 'default-1' },
      { device_id: 'default-2' },
      { device_id: 'default-3' },
    ]);
  });

  it('may read the views and nothing else of what is stored', async () => {
    const names = await views();
    const relations = await owner(
      `select n.nspname || '.' || c.relname as name, c.relname from pg_class c join pg_namespace n on n.oid = c.relnamespace
        where c.relkind in ('r', 'p', 'v', 'm', 'S', 'f') and n.nspname in ('public', 'pgboss') order by 1`,
    );
    assert.ok(relations.length > 50);
    const rights = await read(
      `select n.nspname || '.' || c.relname as name, c.relname from pg_class c join pg_namespace n on n.oid = c.relnamespace
        where n.nspname in ('public', 'pgboss') and c.relkind in ('r', 'p', 'v', 'm', 'f')
          and (has_table_privilege(c.oid, 'select, insert, update, delete, truncate, references, trigger') or has_any_column_privilege(c.oid, 'select, insert, update, references'))
        order by 1`,
    );
    assert.deepEqual(rights.map(({ relname }) => relname), names); // prettier-ignore
    for (const table of ['users', 'credentials', 'refresh_tokens', 'devices', 'telemetry', 'audit_log', 'grafana_readers', 'pgboss.job'])
      await assert.rejects(read(`select 1 from ${table}`), /permission denied/, table);
  });

  it('may run no function that works with the rights of somebody else', async () => {
    const strong = await read(
      `select p.proname from pg_proc p join pg_namespace n on n.oid = p.pronamespace
        where p.prosecdef and n.nspname in ('public', 'pgboss') and p.prorettype <> 'trigger'::regtype and has_function_privilege(p.oid, 'execute')`,
    );
    assert.deepEqual(strong, []);
    await assert.rejects(read('select insa_grant_grafana()'), /permission denied/);
    await assert.rejects(read(`select pg_read_file('postgresql.conf')`), /permission denied/);
  });

  it('cannot write, also when it switches off that its sessions only read', async () => {
    const statements = [
      `insert into grafana_readers values (session_user, 'acme', '')`,
      `update grafana_readers set tenant_id = 'acme'`,
      `update grafana_devices set device_name = 'x'`,
      `delete from grafana_alerts`,
      `create table x ()`,
      `create view x as select 1`,
      `create function x() returns int language sql as 'select 1'`,
    ];
    for (const statement of statements) {
      await assert.rejects(read(statement), Error, statement);
      await assert.rejects(
        read(`begin read write; ${statement}`),
        /permission denied|cannot (?:update|delete from|insert into) view/,
        statement,
      );
    }
  });

  it('stays with its tenant whatever it sets and whoever it says it is', async () => {
    for (const statement of [`set app.tenant = 'acme'`, `set role insa_grafana`, `set session_authorization = default`]) {
      const rows = await asReader(filled, async (client) => {
        await client.query(statement);
        return (await client.query('select distinct tenant_id from grafana_platform')).rows as object[];
      });
      assert.deepEqual(rows, [{ tenant_id: 'default' }], statement);
    }
    await assert.rejects(read('set role insa_ingest'), /permission denied/);
    await assert.rejects(read(`set session authorization ${filled.database.connection.user ?? ''}`), /permission denied/);
  });

  it('cannot look at rows of others with a function of its own in a condition', async () => {
    // A function that tells what it sees would see every row if the planner asked it before the wall did.
    await owner(
      `create function tell(text) returns boolean language plpgsql cost 0.0000001 as $$ begin raise notice 'saw %', $1; return true; end $$`,
    );
    const seen: string[] = [];
    await asReader(filled, async (client) => {
      client.on('notice', ({ message }) => seen.push(message ?? ''));
      for (const [view, column] of [
        ['grafana_devices', 'device_id'],
        ['grafana_alerts', 'device_id'],
        ['grafana_series', 'device_id'],
      ])
        // prettier-ignore
        await client.query(`select 1 from ${view ?? ''} where tell(${column ?? ''})`);
    });
    assert.ok(seen.length > 0);
    assert.deepEqual(seen.filter((message) => message.includes('acme')), []); // prettier-ignore
  });

  it('begins every session with limits', async () => {
    const [row] = await read(
      `select current_setting('default_transaction_read_only') as "readOnly", current_setting('statement_timeout') as "longest", current_setting('lock_timeout') as lock,
              (select rolconnlimit from pg_roles where rolname = session_user) as connections, (select rolsuper or rolbypassrls or rolcreaterole or rolcreatedb from pg_roles where rolname = session_user) as strong`,
    );
    assert.deepEqual(row, { readOnly: 'on', longest: '30s', lock: '5s', connections: 10, strong: false });
  });

  it('keeps its password out of what the server writes about statements', async () => {
    const rows = await owner(`select rolpassword as kept from pg_authid where rolname = $1`, [filled.readerName]);
    assert.match(String(rows[0]?.['kept']), /^SCRAM-SHA-256\$4096:/);
    await assert.rejects(
      asReader({ reader: { ...filled.reader, password: 'wrong' } }, (client) => client.query('select 1')),
      /password authentication failed/,
    );
  });

  it('has views that say of every column what it is', async () => {
    const missing = await owner(
      `select c.relname || coalesce('.' || a.attname, '') as name
         from pg_class c left join pg_attribute a on a.attrelid = c.oid and a.attnum > 0
        where c.relkind = 'v' and c.relname like 'grafana\\_%'
          and (obj_description(c.oid) is null or (a.attname is not null and col_description(c.oid, a.attnum) is null))`,
    );
    assert.deepEqual(missing, []);
  });

  it('is another one for another tenant, gets another password, and goes', async () => {
    const name = newReaderName();
    const made = await createReader(options(), { name, tenantId: 'acme', role: 'new' });
    const enter = (password: string | undefined) =>
      asReader({ reader: { ...filled.reader, user: name, password: password ?? '' } }, async (client) => {
        const { rows } = await client.query<{ device_id: string }>('select device_id from grafana_devices order by 1 limit 1');
        return rows;
      });
    assert.deepEqual(await enter(made.password), [{ device_id: 'acme-0' }]);
    assert.deepEqual((await listReaders(options())).map((reader) => [reader.name, reader.tenantId]), [[filled.readerName, 'default'], [name, 'acme']].sort()); // prettier-ignore
    const rotated = await rotateReader(options(), name);
    assert.notEqual(rotated.password, made.password);
    await assert.rejects(enter(made.password), /password authentication failed/);
    assert.deepEqual(await enter(rotated.password), [{ device_id: 'acme-0' }]);

    const open = new pg.Client({ ...filled.reader, user: name, password: rotated.password ?? '' });
    let isOver = false;
    open.on('error', () => (isOver = true));
    await open.connect();
    await removeReader(options(), name);
    await eventually(() => isOver || undefined, 'the end of the session');
    await assert.rejects(enter(rotated.password), /password authentication failed/);
    const audit = await owner(`select action, actor, tenant_id from audit_log where target = $1 order by audit_id`, [name]);
    assert.deepEqual(audit, ['create', 'rotate', 'remove'].map((word) => ({ action: `grafana_reader.${word}`, actor: 'grafana-reader', tenant_id: 'acme' }))); // prettier-ignore
  });

  it('comes back with rotate when the server has lost its role, as after a restored backup', async () => {
    const name = newReaderName();
    await createReader(options(), { name, tenantId: 'default', role: 'new' });
    await owner(`drop role ${name}`);
    const { password } = await rotateReader(options(), name);
    const rows = await asReader({ reader: { ...filled.reader, user: name, password: password ?? '' } }, async (client) => (await client.query('select tenant_id from grafana_platform')).rows as object[]); // prettier-ignore
    assert.deepEqual(rows, [{ tenant_id: 'default' }]);
    await removeReader(options(), name);
  });

  it('is refused with what to do: a bad name, an unknown tenant, a name that is taken, by a reader or a stranger', async () => {
    const refused = async (wanted: Parameters<typeof createReader>[1], code: string, message: RegExp) =>
      assert.rejects(createReader(options(), wanted), (error) => {
        assert.ok(error instanceof AppError);
        assert.equal(error.code, code);
        assert.match(error.message, message);
        return true;
      });
    const role = 'new' as const;
    await refused(
      { name: 'Bad Name', tenantId: 'default', role },
      'INVALID_REQUEST',
      /"Bad Name" is not small letters, digits and _.*--name/,
    );
    await refused(
      { name: newReaderName(), tenantId: 'nobody', role },
      'NOT_FOUND',
      /no tenant "nobody"\. Name one of these with --tenant: acme, default\./,
    );
    await refused(
      { name: filled.readerName, tenantId: 'default', role },
      'CONFLICT',
      /is there already, for the tenant "default"\. Give it another password with rotate/,
    );
    await refused(
      { name: 'insa_api', tenantId: 'default', role },
      'CONFLICT',
      /has a role "insa_api" already, which this installation did not make/,
    );
    await refused({ name: 'insa_api', tenantId: 'default', role: 'existing' }, 'CONFLICT', /create role "insa_api" login password/);
    await assert.rejects(rotateReader(options(), 'nobody'), /There is no reader "nobody"\. There are: /);
    await assert.rejects(removeReader(options(), 'nobody'), /There is no reader "nobody"\./);
  });

  it('is no role of an administrator that may more than read the views', async () => {
    const [name, between] = [newReaderName(), newReaderName()];
    await owner(`create role ${name} login in role insa_grafana`);
    await owner(`create role ${between} nologin in role insa_api`);
    const make = () => createReader(options(), { name, tenantId: 'default', role: 'existing' });
    try {
      for (const [more, less] of [
        [`alter role ${name} createdb`, `alter role ${name} nocreatedb`],
        [`alter role ${name} nologin`, `alter role ${name} login`],
        [`grant pg_read_all_data to ${name}`, `revoke pg_read_all_data from ${name}`],
        [`grant ${between} to ${name}`, `revoke ${between} from ${name}`],
        [`revoke insa_grafana from ${name}`, `grant insa_grafana to ${name}`],
      ]) {
        await owner(more ?? '');
        await assert.rejects(make(), /a member of insa_grafana and of no other role/, more);
        await owner(less ?? '');
      }
      assert.equal((await make()).password, undefined);
      await removeReader(options(), name);
    } finally {
      await owner(`drop role if exists ${name}`);
      await owner(`drop role ${between}`);
    }
  });

  it('is made by an administrator where the database user may not make roles', async () => {
    const [user, name] = [newReaderName(), newReaderName()];
    const own = await createEmptyDatabase();
    const { database = '', host = '', port = 5432 } = own.connection;
    await queryOnce(own.connection, `create role ${user} login password 'plain'`);
    try {
      await queryOnce(own.connection, `grant create on database ${database} to ${user}`);
      await queryOnce(own.connection, `grant create on schema public to ${user}`);
      const databaseUrl = `postgres://${user}:plain@/${database}?host=${encodeURIComponent(host)}&port=${String(port)}`;
      await migrate({ connection: { connectionString: databaseUrl }, logger: silentLogger });
      const limited = { config: { ...config(filled.database), databaseUrl }, logger: silentLogger };
      await assert.rejects(createReader(limited, { name, tenantId: 'default', role: 'new' }), (error) => {
        assert.ok(error instanceof AppError);
        assert.equal(error.code, 'FORBIDDEN');
        assert.match(
          error.message,
          /The database user may not make roles\. Let an administrator[\s\S]*create role insa_grafana nologin[\s\S]*with --existing\.$/,
        );
        return true;
      });
      await queryOnce(own.connection, `create role ${name} login password 'theirs' in role insa_grafana`);
      const made = await createReader(limited, { name, tenantId: 'default', role: 'existing' });
      assert.deepEqual([made.password, made.address, made.database], [undefined, host, database]);
      const read = async () =>
        asReader({ reader: { ...own.connection, user: name, password: 'theirs' } }, async (client) => {
          const { rows } = await client.query<{ tenant_id: string }>('select tenant_id from grafana_platform');
          return rows;
        });
      assert.deepEqual(await read(), [{ tenant_id: 'default' }]);
      // The role is not this user's to remove; the administrator goes first.
      await assert.rejects(removeReader(limited, name), /Let an administrator of the server run:\s+drop role/);
      await queryOnce(own.connection, `drop role ${name}`);
      await removeReader(limited, name);
      assert.deepEqual(await listReaders(limited), []);
    } finally {
      await own.drop();
      await queryOnce(filled.database.connection, `drop role if exists ${name}`);
      await queryOnce(filled.database.connection, `drop role ${user}`);
    }
  });

  it('is made, listed and removed on the command line', async () => {
    const name = newReaderName();
    const run = (...args: string[]) => runScript({ DATABASE_URL: filled.database.url }, args);
    const made = await run('create', '--name', name);
    assert.equal(made.code, 0, made.output);
    assert.match(made.output, new RegExp(`INSA_DB_USER=${name}\n +INSA_DB_PASSWORD=\\w{20}\n`));
    assert.match(made.output, /INSA_DB_NAME=test_/);
    assert.match(made.output, /lead to http:\/\/localhost:1880/);
    assert.match((await run('list')).output, new RegExp(`${name} {2}tenant default`));
    assert.match((await run('remove', '--name', name)).output, /is gone/);
    const wrong = await run('paint');
    assert.deepEqual([wrong.code, wrong.output.split('\n')[0]], [1, 'There is no action "paint".']);
    assert.equal((await run()).code, 1);
    assert.match((await runScript({ DATA_DIR: '/does/not/exist' }, ['list'])).output, /There is no installation in \/does\/not\/exist/);
  });
});

function runScript(env: Record<string, string>, args: string[]): Promise<{ code: number | null; output: string }> {
  const child = spawn(process.execPath, [SCRIPT, ...args], {
    env: { PATH: process.env['PATH'], ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    cwd: os.tmpdir(),
  });
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()));
  return new Promise((resolve) => child.once('close', (code) => resolve({ code, output })));
}
