import assert from 'node:assert/strict';
import type { RuleVersion, RuleView } from '../../src/contracts/stored-rules.ts';
import { newUuid, uuidOfName } from '../../src/core/ids.ts';
import { registerWiredRule } from '../../src/storage/repositories/rules.ts';
import { GAP, HOT, MEAN, SILENT } from './rule-samples.ts';
import { Client, startApi } from './support.ts';
import type { Answer, ApiFixture } from './support.ts';

const ruleOf = (answer: Answer): RuleView => answer.body as unknown as RuleView;
const fieldsOf = (answer: Answer): string[] => answer.body.errors.map(({ field }) => field);

describe('stored rules over the API', () => {
  let fixture: ApiFixture;
  let admin: Client;

  before(async () => {
    fixture = await startApi();
    admin = await Client.login(fixture, 'admin');
    for (const [device_id, type, location] of [
      ['pump-01', 'pump', 'Hall A'],
      ['pump-02', 'pump', 'Hall B'],
      ['boiler-01', 'boiler', 'Hall A'],
    ]) {
      assert.equal((await admin.post('/devices', { device_id, type, location })).status, 201);
    }
  });
  after(() => fixture.stop());
  afterEach(async () => {
    await fixture.sql(`update rules set removed_at = now(), enabled = false where removed_at is null`);
    fixture.ruleChanges.splice(0);
  });

  const create = async (rule: object): Promise<RuleView> => {
    const answer = await admin.post('/rules', rule);
    assert.equal(answer.status, 201, answer.text);
    return ruleOf(answer);
  };
  const names = async (query: string): Promise<string[]> => {
    const answer = await admin.get(`/rules?${query}`);
    assert.equal(answer.status, 200, answer.text);
    return answer.body.items.map(({ name }) => name);
  };
  const told = () => fixture.ruleChanges.map(({ runningState }) => runningState);
  const audited = async (id: string) =>
    (await fixture.sql('select action, actor from audit_log where target = $1 order by audit_id', [id])).map(({ action }) => action);
  const wire = async (name: string, nodeId: string): Promise<string> => {
    const ruleId = uuidOfName(nodeId);
    const definition = {
      name,
      rule_type: 'threshold' as const,
      scope: { device_id: 'pump-01' },
      conditions: { key: 'pressure', operator: '<' as const, value: 1 },
      severity: 'info' as const,
      message: '',
    };
    await fixture.database.db.transaction((tx) => registerWiredRule(tx, { ruleId, tenantId: 'default', nodeId, definition }, Date.now()));
    return ruleId;
  };

  it('keeps a rule of each type with its defaults, and reads it back', async () => {
    for (const rule of [HOT, GAP, SILENT, MEAN]) {
      const answer = await admin.post('/rules', rule);
      assert.equal(answer.status, 201, answer.text);
      const stored = ruleOf(answer);
      assert.equal(answer.headers.get('location'), `/api/v1/rules/${stored.id}`);
      assert.deepEqual(ruleOf(await admin.get(`/rules/${stored.id}`)), stored);
      const { id: _id, created_at, updated_at, scope, conditions, name, rule_type, severity, ...rest } = stored;
      assert.equal(created_at, updated_at);
      assert.deepEqual(
        { name, rule_type, severity, conditions },
        { name: rule.name, rule_type: rule.rule_type, severity: rule.severity, conditions: rule.conditions },
      );
      assert.deepEqual(scope, 'device_id' in rule ? { device_id: 'pump-01' } : 'scope' in rule ? rule.scope : {});
      assert.deepEqual(rest, {
        origin: 'stored',
        node_id: null,
        editor_url: null,
        version: 1,
        message: '',
        actions: [],
        active: null,
        cooldown_seconds: 0,
        min_quality: 0,
        lateness_seconds: 60,
        priority: 5,
        enabled: true,
        trigger_count: 0,
        last_triggered: null,
        updated_by: 'admin',
      });
      assert.deepEqual(fixture.ruleChanges.at(-1), { ruleId: stored.id, runningState: 'reset' });
      assert.deepEqual(await audited(stored.id), ['rule.create']);
    }
  });

  it('reads a rule that an older program stored with other actions, and asks for them at its next edit', async () => {
    const { id } = await create({ ...HOT, name: 'old' });
    const old = JSON.stringify([{ type: 'report', days: 7 }]);
    const write = `update rule_versions set definition = definition || jsonb_build_object('actions', $2::jsonb) where rule_id = $1`;
    await fixture.database.db.system.query(write, [id, old]);
    const read = await admin.get(`/rules/${id}`);
    assert.deepEqual([read.status, (read.body as unknown as RuleView).actions], [200, [{ type: 'report', days: 7 }]]);
    const refused = await admin.send('PATCH', `/rules/${id}`, { name: 'new' });
    assert.deepEqual([refused.status, refused.body.errors?.map(({ field }) => field)], [400, ['actions.0.type']]);
    const mended = await admin.send('PATCH', `/rules/${id}`, { name: 'new', actions: [{ type: 'flow', entry: 'report' }] });
    assert.deepEqual([mended.status, (mended.body as unknown as RuleView).actions], [200, [{ type: 'flow', entry: 'report' }]]);
    await admin.send('DELETE', `/rules/${id}`);
  });

  it('lists by priority and name, page by page, and finds by type, severity, device, origin, switch and text', async () => {
    await create({ ...HOT, name: 'b hot', priority: 3 });
    await create({ ...GAP, name: 'a gap', priority: 3, enabled: false });
    await create({ ...MEAN, name: 'c mean', priority: 1 });
    await create({ ...SILENT, name: '100%_silent', priority: 10 });
    await create({
      ...GAP,
      name: 'of 2',
      priority: 9,
      conditions: { ...GAP.conditions, left: { device_id: 'pump-01', key: 'temperature' } },
    });
    await wire('wired', 'list-node');
    const all = ['c mean', 'a gap', 'b hot', 'wired', 'of 2', '100%_silent'];
    assert.deepEqual(await names(''), all);
    const paged: string[] = [];
    let cursor: string | null = null;
    do {
      const page: Answer = await admin.get(`/rules?limit=2${cursor === null ? '' : `&cursor=${cursor}`}`);
      paged.push(...page.body.items.map(({ name }) => name));
      cursor = page.body.next_cursor;
    } while (cursor !== null);
    assert.deepEqual(paged, all);
    assert.deepEqual(await names('rule_type=comparison'), ['a gap', 'of 2']);
    assert.deepEqual(await names('severity=info'), ['a gap', 'wired', 'of 2']);
    assert.deepEqual(await names('enabled=false'), ['a gap']);
    assert.deepEqual(await names('origin=flow'), ['wired']);
    assert.deepEqual(await names('origin=stored&enabled=true&rule_type=threshold'), ['b hot']);
    assert.deepEqual(await names('search=%25_S'), ['100%_silent']);
    assert.deepEqual(await names('device_id=pump-01'), all);
    assert.deepEqual(await names('device_id=pump-02'), ['a gap', '100%_silent'], 'whose scope includes it');
    const unknown = await admin.get('/rules?device_id=nobody');
    assert.deepEqual([unknown.status, fieldsOf(unknown)], [400, ['device_id']]);
    for (const query of ['cursor=x', 'rule_type=regex', 'severity=mild', 'enabled=yes', 'limit=0', 'colour=red']) {
      assert.equal((await admin.get(`/rules?${query}`)).status, 400, query);
    }
    assert.equal(await fixture.rulebook.rules.countEnabled('default'), 4, 'stored ones that are switched on');
  });

  it('makes a version when the definition changes and none when it is only spelled otherwise', async () => {
    const { id } = await create(HOT);
    const same = await admin.send('PUT', `/rules/${id}`, {
      ...HOT,
      device_id: undefined,
      scope: { device_id: 'pump-01' },
    });
    assert.equal(ruleOf(same).version, 1);
    assert.deepEqual(told(), ['reset'], 'the engine is not told of what is the same');
    const patched = ruleOf(await admin.send('PATCH', `/rules/${id}`, { severity: 'critical', priority: 2 }));
    assert.deepEqual([patched.version, patched.severity, patched.priority, patched.name], [2, 'critical', 2, 'Hot']);
    const replaced = ruleOf(await admin.send('PUT', `/rules/${id}`, { ...MEAN, name: 'Now a mean' }));
    assert.deepEqual([replaced.version, replaced.rule_type, replaced.priority], [3, 'statistical', 5]);
    const list = await admin.get(`/rules/${id}/versions?limit=2`);
    const versions = list.body.items as unknown as RuleVersion[];
    assert.deepEqual(
      versions.map(({ version, created_by, definition }) => [version, created_by, definition['severity']]),
      [
        [3, 'admin', 'warning'],
        [2, 'admin', 'critical'],
      ],
    );
    const rest = await admin.get(`/rules/${id}/versions?limit=2&cursor=${String(list.body.next_cursor)}`);
    assert.deepEqual(
      (rest.body.items as unknown as RuleVersion[]).map(({ version }) => version),
      [1],
    );
    const second = (await admin.get(`/rules/${id}/versions/2`)).body as unknown as RuleVersion;
    assert.deepEqual(second, versions[1]);
    const restored = await admin.post(`/rules/${id}/versions/1/restore`);
    assert.equal(restored.status, 200, restored.text);
    assert.deepEqual(
      [ruleOf(restored).version, ruleOf(restored).name, ruleOf(restored).severity, ruleOf(restored).scope],
      [4, 'Hot', 'warning', { device_id: 'pump-01' }],
    );
    assert.equal((await admin.get(`/rules/${id}/versions/9`)).status, 404);
    assert.equal((await admin.post(`/rules/${id}/versions/9/restore`)).status, 404);
    assert.equal((await admin.get(`/rules/${id}/versions/0`)).status, 400);
    assert.deepEqual(await audited(id), ['rule.create', 'rule.change', 'rule.replace', 'rule.restore']);
  });

  it('changes the fields that are sent, removes with null, and merges objects', async () => {
    const { id } = await create({ ...HOT, cooldown_seconds: 60, active: { timezone: 'UTC', days: ['mon'], from: '06:00', to: '22:00' } });
    const patch = async (body: object) => ruleOf(await admin.send('PATCH', `/rules/${id}`, body));
    const one = await patch({
      conditions: { value: 90, clear_value: null, duration_seconds: 30 },
      cooldown_seconds: null,
      active: { days: ['tue'] },
    });
    assert.deepEqual(one.conditions, { key: 'temperature', operator: '>', value: 90, duration_seconds: 30 });
    assert.equal(one.cooldown_seconds, 0);
    assert.deepEqual(one.active, { timezone: 'UTC', days: ['tue'], from: '06:00', to: '22:00' });
    const two = await patch({
      active: null,
      device_id: 'pump-02',
      message: '{{value}}',
      actions: [{ type: 'email', recipients: ['ops@example.com'] }],
    });
    assert.deepEqual([two.active, two.scope, two.message, two.actions.length], [null, { device_id: 'pump-02' }, '{{value}}', 1]);
    const three = await patch({ rule_type: 'statistical', conditions: MEAN.conditions, scope: null });
    assert.deepEqual([three.rule_type, three.conditions, three.scope], ['statistical', MEAN.conditions, {}]);
    for (const [body, field] of [
      [{ name: null }, 'name'],
      [{ conditions: { value: 'high' } }, 'conditions.value'],
      [{ colour: 'red' }, 'colour'],
      [{ conditions: { colour: 'red' } }, 'conditions.colour'],
      [{ constructor: {} }, 'constructor'],
      [{ scope: { device_id: 'nobody' } }, 'scope.device_id'],
      [[], 'body'],
    ] as const) {
      const answer = await admin.send('PATCH', `/rules/${id}`, body);
      assert.deepEqual([answer.status, fieldsOf(answer)], [400, [field]], answer.text);
    }
    assert.equal(ruleOf(await admin.get(`/rules/${id}`)).version, three.version, 'nothing is half-saved');
  });

  it('keeps the running state while the condition is the same, resets it otherwise, and does as it is told', async () => {
    const { id } = await create(HOT);
    const steps: [string, object, string][] = [
      ['', { severity: 'critical', message: 'x', name: 'Other', priority: 1, cooldown_seconds: 5 }, 'keep'],
      ['', { conditions: { value: 81 } }, 'reset'],
      ['?running_state=keep', { conditions: { value: 82 } }, 'keep'],
      ['?running_state=reset', { name: 'Another' }, 'reset'],
      ['?running_state=reset', { name: 'Another' }, 'reset'],
      ['', { min_quality: 50 }, 'reset'],
      ['', { device_id: 'pump-02' }, 'reset'],
    ];
    for (const [query, body, expected] of steps) {
      assert.equal((await admin.send('PATCH', `/rules/${id}${query}`, body)).status, 200);
      assert.equal(told().at(-1), expected, JSON.stringify(body));
    }
    assert.equal(told().length, steps.length + 1);
    assert.equal((await admin.send('PATCH', `/rules/${id}?running_state=maybe`, {})).status, 400);
  });

  it('refuses a change made from another version, naming both', async () => {
    const { id } = await create(HOT);
    const patch = (query: string, ifMatch?: string) =>
      admin.send(
        'PATCH',
        `/rules/${id}${query}`,
        { name: `from ${query}${ifMatch ?? ''}` },
        ifMatch === undefined ? {} : { 'if-match': ifMatch },
      );
    assert.equal((await patch('?version=1')).status, 200);
    assert.equal((await patch('', '"2"')).status, 200);
    assert.equal((await patch('?version=3', '3')).status, 200);
    assert.equal((await patch('', '*')).status, 200);
    for (const answer of [await patch('?version=2'), await patch('', '"2"')]) {
      assert.equal(answer.status, 409);
      assert.match(answer.body.detail, /version 5 by now \(admin changed it\).*from version 2/);
      const { expected_version, current_version } = answer.body as unknown as Record<string, unknown>;
      assert.deepEqual([expected_version, current_version], [2, 5]);
    }
    for (const [answer, field] of [
      [await patch('', 'W/"abc"'), 'If-Match'],
      [await patch('?version=5', '"4"'), 'version'],
      [await patch('?version=x'), 'version'],
    ] as const) {
      assert.deepEqual([answer.status, fieldsOf(answer)], [400, [field]]);
    }
    assert.equal((await admin.send('PUT', `/rules/${id}?version=1`, HOT)).status, 409);
    assert.equal((await admin.send('DELETE', `/rules/${id}?version=1`)).status, 409);
    assert.equal((await admin.send('PATCH', `/rules/${id}/toggle?version=1`)).status, 409);
    assert.equal((await admin.post(`/rules/${id}/versions/1/restore?version=1`)).status, 409);
  });

  it('lets two changes at the same time wait for each other', async () => {
    const { id } = await create(HOT);
    const answers = await Promise.all(
      Array.from({ length: 8 }, (_, n) => admin.send('PATCH', `/rules/${id}?version=1`, { name: `n ${n}` })),
    );
    assert.deepEqual(answers.map(({ status }) => status).sort(), [200, ...Array<number>(7).fill(409)]);
    assert.equal(ruleOf(await admin.get(`/rules/${id}`)).version, 2);
  });

  it('switches on and off without a version, with or without a body', async () => {
    const { id } = await create(HOT);
    const toggle = async (body?: object) => {
      const answer = await admin.send('PATCH', `/rules/${id}/toggle`, body);
      assert.equal(answer.status, 200, answer.text);
      return [ruleOf(answer).enabled, ruleOf(answer).version];
    };
    assert.deepEqual(await toggle(), [false, 1]);
    assert.deepEqual(await toggle({ enabled: false }), [false, 1]);
    assert.equal(
      ruleOf(await admin.send('PUT', `/rules/${id}`, { ...HOT, severity: 'info' })).enabled,
      false,
      'PUT leaves it switched off',
    );
    assert.deepEqual(await toggle({}), [true, 2]);
    assert.deepEqual(await toggle({ enabled: true }), [true, 2]);
    assert.deepEqual(await audited(id), ['rule.create', 'rule.disable', 'rule.replace', 'rule.enable']);
    assert.equal((await admin.send('PATCH', `/rules/${id}/toggle`, { on: true })).status, 400);
  });

  it('deletes a rule and still tells what it said', async () => {
    const { id } = await create(HOT);
    assert.equal((await admin.send('DELETE', `/rules/${id}`)).status, 204);
    for (const answer of [
      await admin.get(`/rules/${id}`),
      await admin.send('DELETE', `/rules/${id}`),
      await admin.send('PUT', `/rules/${id}`, HOT),
      await admin.send('PATCH', `/rules/${id}/toggle`),
      await admin.post(`/rules/${id}/versions/1/restore`),
      await admin.post(`/rules/${id}/test`),
    ]) {
      assert.equal(answer.status, 404);
      assert.match(answer.body.detail, /was deleted at .*versions still tells/);
    }
    assert.deepEqual(await names(''), []);
    assert.equal((await admin.get(`/rules/${id}/versions`)).body.items.length, 1);
    assert.equal((await admin.get(`/rules/${id}/versions/1`)).status, 200);
    const rows = await fixture.sql('select enabled, removed_at is not null as removed from rules where rule_id = $1', [id]);
    assert.deepEqual(rows, [{ enabled: false, removed: true }]);
    const nobody = newUuid();
    for (const path of ['', '/versions', '/versions/1']) assert.equal((await admin.get(`/rules/${nobody}${path}`)).status, 404);
    assert.equal((await admin.get('/rules/nonsense')).status, 400);
  });

  it('shows wired rules and leads to the editor for changes', async () => {
    const id = await wire('Low pressure', 'abc123');
    const rule = ruleOf(await admin.get(`/rules/${id}`));
    assert.deepEqual([rule.origin, rule.node_id, rule.editor_url], ['flow', 'abc123', '/editor/#node/abc123/edit']);
    assert.equal((await admin.get(`/rules/${id}/versions/1`)).status, 200);
    for (const answer of [
      await admin.send('PUT', `/rules/${id}`, HOT),
      await admin.send('PATCH', `/rules/${id}`, { name: 'x' }),
      await admin.send('DELETE', `/rules/${id}`),
      await admin.send('PATCH', `/rules/${id}/toggle`),
      await admin.post(`/rules/${id}/versions/1/restore`),
    ]) {
      assert.deepEqual([answer.status, answer.body.code], [409, 'CONFLICT']);
      assert.match(answer.body.detail, /"Low pressure" is a node on the canvas.*\/editor\/#node\/abc123\/edit/);
      const { editor_url, node_id, origin } = answer.body as unknown as Record<string, unknown>;
      assert.deepEqual([editor_url, node_id, origin], ['/editor/#node/abc123/edit', 'abc123', 'flow']);
    }
    assert.deepEqual(told(), []);
  });

  it('says so when a change is stored and does not run', async () => {
    fixture.ruleChanges.fails = new Error('no engine');
    const answer = await admin.post('/rules', HOT);
    assert.equal(answer.status, 500);
    assert.match(answer.body.detail, /"Hot" is stored, but it does not run yet/);
    assert.deepEqual(await names(''), ['Hot']);
  });

  it('lets those who may read look and test, and nobody else change', async () => {
    const { id } = await create(HOT);
    await fixture.addUser('rules-viewer', 'viewer');
    const viewer = await Client.login(fixture, 'rules-viewer');
    for (const path of ['/rules', '/rules/export', `/rules/${id}`, `/rules/${id}/versions`])
      assert.equal((await viewer.get(path)).status, 200);
    await fixture.addUser('rules-operator', 'operator');
    const operator = await Client.login(fixture, 'rules-operator');
    assert.equal((await operator.post(`/rules/${id}/test`)).status, 200);
    assert.equal((await operator.post('/rules/test', { rule: HOT })).status, 200);
    assert.equal((await viewer.post('/rules/test', { rule: HOT })).status, 403, 'trying costs work: not for those who only read');
    for (const [method, path] of [
      ['POST', '/rules'],
      ['POST', '/rules/import'],
      ['PUT', `/rules/${id}`],
      ['PATCH', `/rules/${id}`],
      ['PATCH', `/rules/${id}/toggle`],
      ['DELETE', `/rules/${id}`],
      ['POST', `/rules/${id}/versions/1/restore`],
    ] as const) {
      assert.equal((await viewer.send(method, path, {})).status, 403, `${method} ${path}`);
    }
  });

  it('knows no rules of other tenants', async () => {
    const { id } = await create(HOT);
    await fixture.sql(`insert into tenants (tenant_id, name) values ('rules-other', 'Other')`);
    await fixture.addUser('rules-stranger', 'engineer', { tenantId: 'rules-other' });
    const stranger = await Client.login(fixture, 'rules-stranger');
    assert.deepEqual((await stranger.get('/rules')).body.items, []);
    for (const path of ['', '/versions', '/versions/1']) assert.equal((await stranger.get(`/rules/${id}${path}`)).status, 404);
    assert.equal((await stranger.send('PATCH', `/rules/${id}`, { name: 'mine' })).status, 404);
    assert.equal((await stranger.post(`/rules/${id}/test`)).status, 404);
    const foreign = await stranger.post('/rules', HOT);
    assert.deepEqual([foreign.status, fieldsOf(foreign)], [400, ['device_id']], 'nor the devices of others');
  });
});
