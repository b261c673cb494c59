import assert from 'node:assert/strict';
import { newUuid } from '../../src/core/ids.ts';
import { Client, startApi } from './support.ts';
import type { ApiFixture } from './support.ts';

describe('alerts over the API', () => {
  let fixture: ApiFixture;
  let operator: Client;
  const ids: string[] = [];

  before(async () => {
    fixture = await startApi();
    await fixture.addUser('op', 'operator');
    operator = await Client.login(fixture, 'op');
    for (let n = 0; n < 7; n += 1) {
      const id = newUuid();
      ids.push(id);
      await fixture.sql(
        `insert into alerts (alert_id, tenant_id, rule_id, rule_version, rule_name, device_id, key, severity, status, message, value, threshold, unit, raised_at, known_at, last_value, last_at)
         values ($1, 'default', $2, 1, 'High', $3, 'temperature', $4, 'active', 'too hot', '51', 50, '°C', now(), now() + $5 * interval '1 second', '51', now())`,
        [id, newUuid(), n < 4 ? 'pump-01' : 'pump-02', n % 2 === 0 ? 'warning' : 'critical', Math.floor(n / 2)],
      );
    }
  });
  after(() => fixture.stop());

  it('lists them newest first, page by page, each once, by status, severity and device', async () => {
    const seen: string[] = [];
    let cursor: string | null = null;
    do {
      const page = await operator.get(`/alerts?limit=3${cursor === null ? '' : `&cursor=${cursor}`}`);
      assert.equal(page.status, 200);
      seen.push(...page.body.items.map(({ id }: { id: string }) => id));
      cursor = page.body.next_cursor;
    } while (cursor !== null);
    assert.deepEqual([...seen].sort(), [...ids].sort());
    const count = async (query: string) => (await operator.get(`/alerts?${query}`)).body.items.length;
    assert.equal(await count('severity=warning'), 4);
    assert.equal(await count('device_id=pump-02'), 3);
    assert.equal(await count('status=active,acknowledged'), 7);
    assert.equal(await count('status=resolved'), 0);
    assert.deepEqual([await count('search=TOO%20HOT'), await count('search=MP-02'), await count('search=high')], [7, 3, 7]);
    assert.equal(await count('search=%25'), 0, 'a sign of patterns stands for itself');
    const [oldest] = await fixture.sql('select min(known_at) as at, max(known_at) as newest from alerts');
    const iso = (value: unknown) => (value as Date).toISOString();
    assert.equal(await count(`end=${iso(oldest?.['at'])}`), 0);
    assert.equal(await count(`start=${iso(oldest?.['at'])}`), 7);
    const second = new Date(Date.parse(iso(oldest?.['at'])) + 900).toISOString();
    assert.deepEqual([await count(`end=${second}`), await count(`start=${second}`)], [2, 5]);
    for (const query of ['start=yesterday', 'end=5', 'status=open', 'severity=bad', 'search=', 'rule_id=x', 'cursor=x'])
      assert.equal((await operator.get(`/alerts?${query}`)).status, 400, query);
  });

  it('acknowledges and resolves with a note, once each, by name', async () => {
    const [id] = ids;
    const path = `/alerts/${String(id)}`;
    const updates: string[] = [];
    const off = fixture.events.on('alert.updated', ({ update }) => updates.push(update.status));
    const acknowledged = await operator.post(`${path}/acknowledge`, { note: 'on my way' });
    assert.equal(acknowledged.status, 200);
    assert.deepEqual([acknowledged.body.status, acknowledged.body.acknowledged_by], ['acknowledged', 'op']);
    const twice = await (await Client.login(fixture, 'admin')).post(`${path}/acknowledge`);
    assert.equal(twice.status, 409);
    assert.equal(twice.body.code, 'CONFLICT');
    assert.equal(twice.body.status, 409, 'the problem says the same as the answer');
    assert.equal((await operator.post(`${path}/resolve`, {})).body.status, 'resolved');
    off();
    assert.deepEqual(updates, ['acknowledged', 'resolved']);
    const one = await operator.get(path);
    assert.deepEqual(
      one.body.history.map(({ change, actor, note }: { change: string; actor: string; note: string | null }) => [change, actor, note]),
      [
        ['acknowledged', 'op', 'on my way'],
        ['resolved', 'op', null],
      ],
    );
  });

  it('says of a line of repeats for how many it stands', async () => {
    const id = String(ids[1]);
    await fixture.sql(
      `insert into alert_history (tenant_id, alert_id, at, change, actor, body)
       select 'default', $1, now(), change, 'rule', '{"occurrences": 15}' from unnest(array['raised', 'repeated']) as change`,
      [id],
    );
    const { history } = (await operator.get(`/alerts/${id}`)).body;
    assert.deepEqual(
      history.map(({ change, occurrences }: { change: string; occurrences?: number }) => [change, occurrences]),
      [
        ['raised', undefined],
        ['repeated', 15],
      ],
    );
  });

  it('takes notes, of an alert that is over too, and tells who wrote them', async () => {
    const [id] = ids;
    const path = `/alerts/${String(id)}`;
    assert.equal((await operator.get(path)).body.status, 'resolved');
    const added = await operator.post(`${path}/notes`, { note: '<b>bearing</b> replaced' });
    assert.equal(added.status, 201, added.text);
    const shown = (await operator.get(path)).body.history.at(-1);
    assert.deepEqual(added.body, shown);
    assert.deepEqual([shown?.change, shown?.actor, shown?.note], ['note', 'op', '<b>bearing</b> replaced']);
    for (const [body, field] of [
      [{}, 'note'],
      [{ note: ' ' }, 'note'],
      [{ note: 'x'.repeat(2_001) }, 'note'],
      [{ note: 'x', by: 'me' }, 'by'],
    ] as const) {
      const answer = await operator.post(`${path}/notes`, body);
      assert.deepEqual([answer.status, answer.body.errors[0]?.field], [400, field]);
    }
    assert.equal((await operator.post(`/alerts/${newUuid()}/notes`, { note: 'x' })).status, 404);
    await fixture.sql(
      `insert into alert_history (tenant_id, alert_id, at, change, actor, note) select 'default', $1, now(), 'note', 'op', 'x' from generate_series(2, 500)`,
      [id],
    );
    assert.equal((await operator.post(`${path}/notes`, { note: 'one too many' })).status, 409);
    assert.equal(
      (await fixture.sql(`select 1 from audit_log where action = 'alert.note' and actor = 'op' and target = $1`, [id])).length,
      1,
    );
  });

  it('knows no alerts of other tenants, and takes no notes that are none', async () => {
    await fixture.sql(`insert into tenants (tenant_id, name) values ('other', 'Other')`);
    await fixture.addUser('stranger', 'admin', { tenantId: 'other' });
    const stranger = await Client.login(fixture, 'stranger');
    const path = `/alerts/${String(ids[1])}`;
    assert.deepEqual((await stranger.get('/alerts')).body.items, []);
    assert.equal((await stranger.get(path)).status, 404);
    assert.equal((await stranger.post(`${path}/acknowledge`)).status, 404);
    assert.equal((await operator.get('/alerts/00000000-0000-4000-8000-000000000000')).status, 404);
    for (const note of [5, 'x'.repeat(2_001), 'nul\u0000'])
      assert.equal((await operator.post(`${path}/acknowledge`, { note })).status, 400);
  });
});
