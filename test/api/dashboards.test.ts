import assert from 'node:assert/strict';
import { changesOf } from '../../src/auth/audit-changes.ts';
import type { Dashboard } from '../../src/contracts/dashboards.ts';
import { Client, startApi } from './support.ts';
import type { Answer, ApiFixture } from './support.ts';

const value = (id: string, more: object = {}) => ({ id, type: 'value', ...more });
const box = (x: number, y: number, w = 3, h = 2) => ({ x, y, w, h });

/** A body that must be refused, and the fields that the refusal names. */
const BAD: [string, object, string[]][] = [
  ['no name', {}, ['name']],
  ['a blank name', { name: '  ' }, ['name']],
  ['an unknown field', { name: 'x', colour: 'red' }, ['colour']],
  ['an unknown field of a widget', { name: 'x', widgets: [value('a', { colour: 1 })] }, ['widgets.0.colour']],
  ['an unknown type', { name: 'x', widgets: [{ id: 'a', type: 'pie' }] }, ['widgets.0.type']],
  ['an id that is none', { name: 'x', widgets: [value('a b')] }, ['widgets.0.id']],
  ['two widgets with one id', { name: 'x', widgets: [value('a'), value('b'), value('a')] }, ['widgets.2.id']],
  ['a position of no widget', { name: 'x', widgets: [value('a')], layout: { b: box(0, 0) } }, ['layout.b']],
  ['a position beyond the grid', { name: 'x', widgets: [value('a')], layout: { a: box(10, 0) } }, ['layout.a.w']],
  ['a column that is none', { name: 'x', widgets: [value('a')], layout: { a: box(12, 0, 1) } }, ['layout.a.x']],
  ['half a cell', { name: 'x', widgets: [value('a')], layout: { a: box(0.5, 0) } }, ['layout.a.x']],
  ['widgets over each other', { name: 'x', widgets: [value('a'), value('b')], layout: { a: box(0, 0), b: box(2, 1) } }, ['layout.b']],
  ['too many widgets', { name: 'x', widgets: Array.from({ length: 61 }, (_, n) => value(`w${String(n)}`)) }, ['widgets']],
  [
    'too many series',
    { name: 'x', widgets: [value('a', { series: Array.from({ length: 21 }, () => ({ device_id: 'd', key: 'k' })) })] },
    ['widgets.0.series'],
  ],
  ['long options', { name: 'x', widgets: [value('a', { options: { a: 'x'.repeat(4_096) } })] }, ['widgets.0.options']],
  ['deep options', { name: 'x', widgets: [value('a', { options: { a: [[[[[[1]]]]]] } })] }, ['widgets.0.options']],
  ['public in words', { name: 'x', is_public: 'yes' }, ['is_public']],
];

describe('dashboards over the API', () => {
  let fixture: ApiFixture;
  const clients = new Map<string, Client>();

  before(async () => {
    fixture = await startApi();
    for (const [name, role] of [
      ['ada', 'engineer'],
      ['ben', 'engineer'],
      ['op', 'operator'],
      ['view', 'viewer'],
    ] as const) {
      await fixture.addUser(name, role);
      clients.set(name, await Client.login(fixture, name));
    }
    clients.set('admin', await Client.login(fixture, 'admin'));
  });
  after(() => fixture.stop());

  const as = (name: string): Client => clients.get(name) ?? assert.fail(name);
  const dashboardOf = (answer: Answer): Dashboard => answer.body as unknown as Dashboard;
  async function make(name: string, body: object): Promise<Dashboard> {
    const answer = await as(name).post('/dashboards', body);
    assert.equal(answer.status, 201, answer.text);
    return dashboardOf(answer);
  }

  it('keep what was sent, with what was left out filled in', async () => {
    const sent = {
      name: "Hall A'; drop table dashboards; --",
      description: '{{7*7}}',
      widgets: [
        value('t', { title: '<b>', series: [{ device_id: 'pump-01', key: 'temperature' }], options: { decimals: 1, deep: { a: [null] } } }),
      ],
      layout: { t: box(9, 0) },
      is_public: true,
    };
    const made = await as('ada').post('/dashboards', sent);
    assert.equal(made.status, 201, made.text);
    const { id, version, owner, created_at, updated_by, ...rest } = dashboardOf(made);
    assert.equal(made.headers.get('location'), `/api/v1/dashboards/${id}`);
    assert.deepEqual([version, owner, updated_by], [1, 'ada', 'ada']);
    assert.match(created_at, /^\d{4}-.*Z$/);
    assert.deepEqual([rest.name, rest.description, rest.widgets, rest.layout], [sent.name, sent.description, sent.widgets, sent.layout]);
    assert.deepEqual(dashboardOf(await as('view').get(`/dashboards/${id}`)), dashboardOf(made));
    const bare = await make('ada', { name: 'Bare' });
    assert.deepEqual([bare.description, bare.widgets, bare.layout, bare.is_public], ['', [], {}, false]);
  });

  for (const [name, body, fields] of BAD) {
    it(`refuse ${name}, naming the field`, async () => {
      const answer = await as('ada').post('/dashboards', body);
      assert.equal(answer.status, 400, answer.text);
      assert.deepEqual([...new Set(answer.body.errors.map(({ field }) => field))], fields, answer.text);
    });
  }

  it('are seen by everybody when public, otherwise by their owner and administrators alone', async () => {
    const open = await make('ada', { name: 'Seen open', is_public: true });
    const own = await make('ada', { name: 'Seen own' });
    const names = async (who: string) => (await as(who).get('/dashboards?search=seen')).body.items.map(({ name }) => name);
    for (const who of ['ada', 'admin']) {
      assert.deepEqual(await names(who), ['Seen open', 'Seen own'], who);
      assert.equal((await as(who).get(`/dashboards/${own.id}`)).status, 200);
    }
    for (const who of ['ben', 'op', 'view']) {
      assert.deepEqual(await names(who), ['Seen open'], who);
      assert.equal((await as(who).get(`/dashboards/${open.id}`)).status, 200);
      assert.equal((await as(who).get(`/dashboards/${own.id}`)).status, 404);
    }
    for (const [method, body] of [
      ['PUT', { name: 'x', version: 1 }],
      ['PATCH', { version: 1 }],
      ['DELETE', undefined],
    ] as const) {
      assert.equal((await as('ben').send(method, `/dashboards/${own.id}`, body)).status, 404, method);
      assert.equal((await as('op').send(method, `/dashboards/${open.id}`, body)).status, 403, method);
    }
  });

  it('are listed as one’s own, or as those that everybody sees', async () => {
    await make('ada', { name: 'Listed own' });
    await make('ada', { name: 'Listed open', is_public: true });
    await make('ben', { name: 'Listed of ben', is_public: true });
    const names = async (who: string, show: string) =>
      (await as(who).get(`/dashboards?search=listed&show=${show}`)).body.items.map(({ name }) => name);
    assert.deepEqual(await names('ada', 'mine'), ['Listed open', 'Listed own']);
    assert.deepEqual(await names('ben', 'mine'), ['Listed of ben']);
    assert.deepEqual(await names('view', 'mine'), []);
    for (const who of ['ada', 'view', 'admin']) assert.deepEqual(await names(who, 'public'), ['Listed of ben', 'Listed open'], who);
    assert.equal((await as('ada').get('/dashboards?show=yours')).status, 400);
  });

  it('keep a selector and its keys, and refuse options that mean nothing, naming them', async () => {
    const widget = value('p', { selector: { type: 'pump', location: 'Hall A' }, keys: ['temperature'], options: { decimals: 1 } });
    const made = await make('ada', { name: 'Selected', widgets: [widget] });
    assert.deepEqual(made.widgets, [{ ...widget, title: '', series: [] }]);
    const refused = await as('ada').post('/dashboards', {
      name: 'x',
      widgets: [value('p', { keys: ['a'] }), { id: 'c', type: 'chart', options: { kind: 'pie' } }],
    });
    assert.deepEqual(
      refused.body.errors.map(({ field }) => field),
      ['widgets.0.keys', 'widgets.1.options.kind'],
    );
    // As it was kept before options were checked: it stays readable.
    await fixture.sql(
      `update dashboards set widgets = '[{"id":"c","type":"chart","title":"","series":[],"options":{"kind":"pie"}}]' where dashboard_id = $1`,
      [made.id],
    );
    assert.equal((await as('ada').get(`/dashboards/${made.id}`)).status, 200);
  });

  it('are changed by engineers when public, and hidden by their owner and administrators alone', async () => {
    const { id } = await make('ada', { name: 'Shared', is_public: true });
    const renamed = await as('ben').send('PATCH', `/dashboards/${id}`, { name: 'Ours', version: 1 });
    assert.deepEqual([renamed.status, dashboardOf(renamed).version, dashboardOf(renamed).updated_by], [200, 2, 'ben']);
    const hidden = await as('ben').send('PATCH', `/dashboards/${id}`, { is_public: false, version: 2 });
    assert.equal(hidden.status, 403, hidden.text);
    assert.match(hidden.body.detail, /belongs to ada/);
    assert.equal((await as('admin').send('PATCH', `/dashboards/${id}`, { is_public: false, version: 2 })).status, 200);
    assert.equal((await as('ada').get(`/dashboards/${id}`)).status, 200);
    assert.equal((await as('ben').get(`/dashboards/${id}`)).status, 404);
    assert.equal((await as('ada').send('DELETE', `/dashboards/${id}`)).status, 204);
    assert.equal((await as('ada').get(`/dashboards/${id}`)).status, 404);
  });

  it('are changed only from the version that they have, of two at the same time by one', async () => {
    const { id } = await make('ada', { name: 'Versions', widgets: [value('a')], layout: { a: box(0, 0) } });
    const put = await as('ada').send('PUT', `/dashboards/${id}`, { name: 'Whole', version: 1 });
    assert.deepEqual([put.status, dashboardOf(put).version, dashboardOf(put).widgets, dashboardOf(put).layout], [200, 2, [], {}]);
    const late = await as('ada').send('PATCH', `/dashboards/${id}`, { name: 'Late', version: 1 });
    assert.equal(late.status, 409);
    const { expected_version, current_version } = late.body as unknown as Record<string, number>;
    assert.deepEqual([expected_version, current_version], [1, 2]);
    assert.match(late.body.detail, /is version 2 by now \(ada changed it\).*from version 1/);
    const none = await as('ada').send('PATCH', `/dashboards/${id}`, { name: 'Unversioned' });
    assert.deepEqual([none.status, none.body.errors.map(({ field }) => field)], [400, ['version']]);
    const same = await as('ada').send('PUT', `/dashboards/${id}`, { name: 'Whole', version: 2 });
    assert.equal(dashboardOf(same).version, 2, 'nothing was changed');
    const both = await Promise.all(['one', 'two'].map((name) => as('ada').send('PATCH', `/dashboards/${id}`, { name, version: 2 })));
    assert.deepEqual(both.map(({ status }) => status).sort(), [200, 409]);
  });

  it('are checked whole after a change of some fields', async () => {
    const { id } = await make('ada', { name: 'Merge', widgets: [value('a')], layout: { a: box(0, 0) } });
    const answer = await as('ada').send('PATCH', `/dashboards/${id}`, { widgets: [value('b')], version: 1 });
    assert.equal(answer.status, 400);
    assert.deepEqual(
      answer.body.errors.map(({ field }) => field),
      ['layout.a'],
    );
    const moved = await as('ada').send('PATCH', `/dashboards/${id}`, { widgets: [value('b')], layout: { b: box(1, 1) }, version: 1 });
    assert.deepEqual(dashboardOf(moved).layout, { b: box(1, 1) });
  });

  it('stay when their owner is removed, and belong to the administrators', async () => {
    const userId = await fixture.addUser('gone', 'engineer');
    clients.set('gone', await Client.login(fixture, 'gone'));
    const own = await make('gone', { name: 'Left own' });
    const open = await make('gone', { name: 'Left open', is_public: true });
    await fixture.sql('delete from users where user_id = $1', [userId]);
    const seen = dashboardOf(await as('admin').get(`/dashboards/${own.id}`));
    assert.deepEqual([seen.name, seen.owner, seen.owner_id], ['Left own', null, null]);
    assert.equal((await as('ada').get(`/dashboards/${own.id}`)).status, 404);
    assert.equal((await as('ada').send('PATCH', `/dashboards/${open.id}`, { name: 'Taken over', version: 1 })).status, 200);
    assert.equal((await as('ada').send('PATCH', `/dashboards/${open.id}`, { is_public: false, version: 2 })).status, 403);
  });

  it('of programs are public, and without an owner', async () => {
    const { key } = await fixture.credentials.issue({
      tenantId: 'default',
      kind: 'program',
      name: 'p',
      permissions: ['dashboards:write', 'dashboards:read'],
    });
    const program = Client.withKey(fixture, key);
    const refused = await program.post('/dashboards', { name: 'Mine' });
    assert.deepEqual([refused.status, refused.body.errors[0]?.field], [400, 'is_public']);
    const made = dashboardOf(await program.post('/dashboards', { name: 'Everybody’s', is_public: true }));
    assert.deepEqual([made.owner, made.updated_by], [null, 'program:p']);
    assert.equal((await program.get(`/dashboards/${made.id}`)).status, 200);
  });

  it('are listed by name, page by page, each once, found by words', async () => {
    for (const name of ['page b', 'page a', 'page c', 'page b']) await make('ada', { name, description: '100%_' });
    const seen: string[] = [];
    let cursor: string | null = null;
    do {
      const page: Answer = await as('ada').get(`/dashboards?limit=1&search=100%25_${cursor === null ? '' : `&cursor=${cursor}`}`);
      assert.equal(page.status, 200, page.text);
      seen.push(...page.body.items.map(({ name }) => name));
      cursor = page.body.next_cursor;
    } while (cursor !== null);
    assert.deepEqual(seen, ['page a', 'page b', 'page b', 'page c']);
    assert.equal((await as('ada').get('/dashboards?search=100__')).body.items.length, 0, 'signs of patterns are letters here');
    for (const query of ['cursor=x', 'limit=0', 'sort=name'])
      assert.equal((await as('ada').get(`/dashboards?${query}`)).status, 400, query);
  });

  it('of other tenants do not exist', async () => {
    const { id } = await make('ada', { name: 'Ours alone', is_public: true });
    await fixture.sql(`insert into tenants (tenant_id, name) values ('other', 'Other')`);
    await fixture.addUser('stranger', 'admin', { tenantId: 'other' });
    const stranger = await Client.login(fixture, 'stranger');
    assert.deepEqual((await stranger.get('/dashboards')).body.items, []);
    assert.equal((await stranger.get(`/dashboards/${id}`)).status, 404);
    assert.equal((await stranger.send('PUT', `/dashboards/${id}`, { name: 'x', version: 1 })).status, 404);
    assert.equal((await stranger.send('DELETE', `/dashboards/${id}`)).status, 404);
  });

  it('leave what was before and after in the audit log, widget by widget', async () => {
    const { id } = await make('ada', {
      name: 'Log',
      widgets: [value('a'), value('b', { options: { api_key: 'k' } })],
      layout: { a: box(0, 0) },
    });
    await as('ada').send('PATCH', `/dashboards/${id}`, {
      widgets: [value('a', { title: 'A' }), value('b', { options: { api_key: 'k' } })],
      version: 1,
    });
    await as('ada').send('DELETE', `/dashboards/${id}`);
    const rows = await fixture.sql('select actor, action, outcome, details from audit_log where target = $1 order by audit_id', [id]);
    assert.deepEqual(
      rows.map(({ actor, action, outcome }) => [actor, action, outcome]),
      [
        ['ada', 'dashboard.create', 'ok'],
        ['ada', 'dashboard.change', 'ok'],
        ['ada', 'dashboard.remove', 'ok'],
      ],
    );
    const full = (title: string) => ({ id: 'a', type: 'value', title, series: [], options: {} });
    assert.deepEqual(rows[1]?.['details'], {
      name: 'Log',
      version: 2,
      ...changesOf({ 'widgets.a': full('') }, { 'widgets.a': full('A') }),
    });
    assert.match(JSON.stringify(rows[0]?.['details']), /"api_key":"\*\*\*"/);
  });
});
