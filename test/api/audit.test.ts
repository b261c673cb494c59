import assert from 'node:assert/strict';
import { parse } from 'csv-parse/sync';
import type { AuditLine } from '../../src/contracts/audit.ts';
import { queryOnce } from '../support/postgres.ts';
import { HOT } from './rule-samples.ts';
import { call, Client, startApi } from './support.ts';
import type { ApiFixture } from './support.ts';

const ruleNamed = (name: string) => ({ ...HOT, name });

interface Lines {
  items: AuditLine[];
  next_cursor: string | null;
}

describe('the audit log', () => {
  let fixture: ApiFixture;
  let admin: Client;

  before(async () => {
    fixture = await startApi();
    admin = await Client.login(fixture, 'admin');
    await admin.post('/devices', { device_id: 'pump-01' });
  });
  after(() => fixture.stop());

  async function lines(query: string): Promise<Lines> {
    const answer = await admin.get(`/audit/logs${query}`);
    assert.equal(answer.status, 200, answer.text);
    return answer.body as unknown as Lines;
  }

  async function write(rows: { at: string; actor?: string; action?: string; target?: string; outcome?: string; tenant?: string }[]) {
    for (const { at, actor = 'filler', action = 'fill.line', target = null, outcome = 'ok', tenant = 'default' } of rows) {
      await fixture.sql(
        `insert into audit_log (tenant_id, at, actor, action, target, outcome, address) values ($1, $2, $3, $4, $5, $6, '192.0.2.7')`,
        [tenant, at, actor, action, target, outcome],
      );
    }
  }

  it('has who, what, on what, from where, how it ended and when, newest first', async () => {
    await call(fixture.url, 'POST', '/api/v1/auth/login', { body: { username: 'admin', password: 'wrong' } });
    const { body } = await admin.post('/api-keys', { name: 'audited', kind: 'program', permissions: ['devices:read'] });
    const { items } = await lines('?limit=2');
    const [issue, login] = items;
    assert.deepEqual(
      [issue?.actor, issue?.action, issue?.target, issue?.outcome, issue?.address],
      ['admin', 'api_key.issue', 'audited', 'ok', '127.0.0.1'],
    );
    assert.match(issue?.at ?? '', /^\d{4}-\d\d-\d\dT[\d:.]+Z$/);
    assert.equal(issue?.details['credential_id'], body.id);
    assert.deepEqual([login?.actor, login?.action, login?.outcome], ['admin', 'login', 'refused']);
    assert.ok(!JSON.stringify(items).includes(body.key));
  });

  it('is narrowed by actor, action, the beginning of an action, outcome, target, address and time', async () => {
    await write([
      { at: '2024-01-01T00:00:00Z', actor: 'ana', action: 'device.create', target: 'pump-1' },
      { at: '2024-01-01T01:00:00Z', actor: 'ana', action: 'device.change', target: 'pump-1' },
      { at: '2024-01-01T02:00:00Z', actor: 'ben', action: 'device.change', target: 'pump-2', outcome: 'refused' },
      { at: '2024-01-01T03:00:00Z', actor: 'ben', action: 'devices.import', target: 'pump-2', outcome: 'failed' },
      { at: '2024-01-01T04:00:00Z', actor: 'ben', action: 'device.change', target: 'pump-2', tenant: 'default' },
    ]);
    const times = async (query: string): Promise<string[]> =>
      (await lines(`?start=2024-01-01T00:00:00Z&end=2024-01-01T05:00:00Z&${query}`)).items.map(({ at }) => at.slice(11, 13));
    assert.deepEqual(await times(''), ['04', '03', '02', '01', '00']);
    assert.deepEqual(await times('actor=ana'), ['01', '00']);
    assert.deepEqual(await times('action=device.change'), ['04', '02', '01']);
    assert.deepEqual(await times('action=device.'), ['04', '02', '01', '00']);
    assert.deepEqual(await times('action=device'), [], 'without a dot at its end it is a whole action');
    assert.deepEqual(await times('outcome=refused'), ['02']);
    assert.deepEqual(await times('target=pump-2&outcome=failed'), ['03']);
    assert.deepEqual(await times('address=192.0.2.7&actor=ben&action=device.'), ['04', '02']);
    assert.deepEqual(await times('address=192.0.2.8'), []);
    assert.deepEqual((await lines('?start=2024-01-01T01:00:00Z&end=2024-01-01T03:00:00Z')).items.length, 2, 'the end itself is not in it');
  });

  it('names a filter that is not known, and one that is wrong', async () => {
    for (const [query, field] of [
      ['user=admin', 'user'],
      ['outcome=good', 'outcome'],
      ['start=yesterday', 'start'],
      ['limit=501', 'limit'],
      ['cursor=bm9uZQ', 'cursor'],
      ['actor=', 'actor'],
      ['actor=a&actor=b', 'actor'],
    ]) {
      const answer = await admin.get(`/audit/logs?${String(query)}`);
      assert.equal(answer.status, 400, query);
      assert.equal(answer.body.errors[0]?.field, field);
    }
  });

  it('shows every line once, page by page, also of one instant and while others are written', async () => {
    await write(Array.from({ length: 25 }, () => ({ at: '2023-05-05T05:05:05Z', actor: 'pager' })));
    const seen: string[] = [];
    let cursor: string | null = '';
    while (cursor !== null) {
      const page: Lines = await lines(`?actor=pager&limit=10${cursor === '' ? '' : `&cursor=${cursor}`}`);
      seen.push(...page.items.map(({ id }) => id));
      cursor = page.next_cursor;
      await write([{ at: '2024-05-05T05:05:05Z', actor: 'pager' }]);
    }
    assert.equal(seen.length, 25);
    assert.equal(new Set(seen).size, 25);
  });

  it('is for those alone who may read it, and for no other tenant', async () => {
    await fixture.addUser('eng', 'engineer');
    const engineer = await Client.login(fixture, 'eng');
    for (const path of ['/audit/logs', '/audit/logs/export']) assert.equal((await engineer.get(path)).status, 403);
    await fixture.sql(`insert into tenants (tenant_id, name) values ('acme', 'Acme')`);
    await fixture.addUser('acme-admin', 'admin', { tenantId: 'acme' });
    await write([{ at: '2022-01-01T00:00:00Z', tenant: 'acme', actor: 'acme' }]);
    const other = await Client.login(fixture, 'acme-admin');
    const { items } = (await other.get('/audit/logs?end=2025-01-01T00:00:00Z')).body as unknown as Lines;
    assert.deepEqual(
      items.map(({ actor }) => actor),
      ['acme'],
    );
    assert.deepEqual((await lines('?actor=acme')).items, []);
    const file = await other.get('/audit/logs/export?end=2025-01-01T00:00:00Z');
    assert.equal(file.text.trim().split('\n').length, 2);
  });

  it('comes as CSV, filtered, whole and without formulas', async () => {
    await fixture.sql(`insert into audit_log (tenant_id, at, actor, action, outcome)
      select 'default', '2021-01-01'::timestamptz + i % 1000 * interval '1 ms', 'bulk', 'fill.line', 'ok' from generate_series(1, 2345) i`);
    await write(
      ['=1+1', '+1', '-1', '@sum', 'a,"b"\nc', 'plain'].map((target) => ({ at: '2020-01-01T00:00:00Z', actor: 'cells', target })),
    );
    const file = await admin.get('/audit/logs/export?actor=bulk');
    assert.equal(file.status, 200);
    assert.equal(file.headers.get('content-type'), 'text/csv; charset=utf-8');
    assert.match(file.headers.get('content-disposition') ?? '', /^attachment; filename="insa-audit-\d{4}-\d\d-\d\d\.csv"$/);
    const rows = parse<Record<string, string>>(file.text, { columns: true });
    assert.equal(rows.length, 2_345);
    assert.equal(new Set(rows.map(({ id }) => id)).size, 2_345);
    assert.deepEqual(Object.keys(rows[0] ?? {}), ['id', 'at', 'actor', 'action', 'target', 'outcome', 'address', 'details']);
    const cells = parse<Record<string, string>>((await admin.get('/audit/logs/export?actor=cells&start=2020-01-01T00:00:00Z')).text, {
      columns: true,
    });
    assert.deepEqual(cells.map(({ target }) => target).reverse(), [`'=1+1`, `'+1`, `'-1`, `'@sum`, 'a,"b"\nc', 'plain']);
    const [exported] = (await lines('?action=audit.export&limit=1')).items;
    assert.deepEqual(exported?.details, { filters: { actor: 'cells', start: '2020-01-01T00:00:00.000Z' } });
  });

  it('tells what was configured of a rule, before and after', async () => {
    const rule = (await admin.post('/rules', ruleNamed('Too warm'))).body;
    await admin.send('PATCH', `/rules/${rule.id}`, { severity: 'critical', conditions: { value: 90 } });
    await admin.send('PATCH', `/rules/${rule.id}/toggle`, {});
    await admin.send('DELETE', `/rules/${rule.id}`);
    const told = (await lines(`?target=${rule.id}`)).items.reverse();
    assert.deepEqual(
      told.map(({ action }) => action),
      ['rule.create', 'rule.change', 'rule.disable', 'rule.remove'],
    );
    const [made, changed, disabled, removed] = told.map(({ details }) => details as { before: object; after: object; name: string });
    assert.deepEqual(made?.before, {});
    assert.equal((made?.after as { name: string }).name, 'Too warm');
    assert.deepEqual(Object.keys(changed?.after ?? {}).sort(), ['conditions', 'severity']);
    assert.deepEqual([disabled?.before, disabled?.after], [{ enabled: true }, { enabled: false }]);
    assert.deepEqual(removed?.after, {});
    assert.equal(removed?.name, 'Too warm');
  });

  it('has the line of a rule that is stored although the engine could not take it over', async () => {
    fixture.ruleChanges.fails = new Error('not now');
    assert.equal((await admin.post('/rules', ruleNamed('Stored at least'))).status, 500);
    const told = (await lines('?action=rule.create')).items.filter(({ details }) => details['name'] === 'Stored at least');
    assert.equal(told.length, 1);
  });

  it('does not keep a change of a rule whose line cannot be written', async () => {
    await fixture.sql("alter table audit_log add constraint no_rules check (action not like 'rule.%') not valid");
    try {
      assert.equal((await admin.post('/rules', ruleNamed('Never stored'))).status, 500);
      assert.ok(!(await admin.get('/rules?search=Never')).text.includes('Never stored'));
    } finally {
      await fixture.sql('alter table audit_log drop constraint no_rules');
    }
  });

  it('keeps a name that is cut in the middle of a character', async () => {
    const name = `${'x'.repeat(299)}😀`;
    const rule = await admin.post('/rules', { ...ruleNamed('Long words'), message: name });
    assert.equal(rule.status, 201, rule.text);
  });

  it('is append-only for the platform, for requests and even for the owner of the tables', async () => {
    const statements = ["update audit_log set actor = 'nobody'", 'delete from audit_log', 'truncate audit_log'];
    const { db, connection } = fixture.database;
    const countOf = async () => Number((await fixture.sql('select count(*) as n from audit_log'))[0]?.['n']);
    const before = await countOf();
    for (const statement of statements) {
      await assert.rejects(db.system.query(statement), /permission denied for table audit_log/, statement);
      await assert.rejects(
        db.asTenant('default', (tx) => tx.query(statement)),
        /permission denied for table audit_log/,
        statement,
      );
      await assert.rejects(queryOnce(connection, statement), /append-only: (?:UPDATE|DELETE|TRUNCATE) is refused/, statement);
    }
    await assert.rejects(db.system.query('alter table audit_log disable trigger all'), /must be owner/);
    assert.equal(await countOf(), before);
  });

  it('finds what is asked for by an index', async () => {
    const plan = async (condition: string) => {
      const sql = `explain select 1 from audit_log where tenant_id = 'default' and ${condition} order by at desc, audit_id desc limit 50`;
      return JSON.stringify(await fixture.database.db.system.query(sql));
    };
    for (const [condition, index] of [
      [`actor = 'a'`, 'audit_log_actor'],
      [`action = 'a'`, 'audit_log_action'],
      [`split_part(action, '.', 1) = 'a' and starts_with(action, 'a.')`, 'audit_log_area'],
      [`target = 'a'`, 'audit_log_target'],
      [`address = 'a'`, 'audit_log_address'],
      [`outcome = 'refused'`, 'audit_log_outcome'],
      [`at >= '2024-01-01'`, 'audit_log_at'],
    ] as const) {
      assert.match(await plan(condition), new RegExp(`using ${index} `), condition);
    }
  });
});
