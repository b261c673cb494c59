import assert from 'node:assert/strict';
import type { AlertStats } from '../../src/contracts/alert-stats.ts';
import { newUuid } from '../../src/core/ids.ts';
import { Client, startApi } from './support.ts';
import type { ApiFixture } from './support.ts';

const HOT = newUuid();
const COLD = newUuid();

/** An alert by when it was known; minutes from then until it was acknowledged and resolved. */
interface Given {
  at: string;
  severity?: 'info' | 'warning' | 'critical';
  device?: string;
  rule?: string;
  acknowledged?: number;
  resolved?: number;
  tenant?: string;
}

const GIVEN: Given[] = [
  { at: '2026-03-10T08:00:00Z', severity: 'critical' },
  { at: '2026-03-10T08:59:59.999Z', device: 'pump-01b', acknowledged: 10 },
  { at: '2026-03-10T10:30:00Z', acknowledged: 20, resolved: 60 },
  { at: '2026-03-10T11:00:00Z', device: 'pump-02', rule: COLD, severity: 'info', resolved: 30 },
  { at: '2026-02-01T00:00:00Z', device: 'pump-03', rule: COLD },
  { at: '2025-02-01T00:00:00Z', device: 'pump-03', rule: COLD, resolved: 1 },
  { at: '2026-03-10T08:00:00Z', rule: newUuid(), tenant: 'other' },
];

describe('the statistics of alerts', () => {
  let fixture: ApiFixture;
  let viewer: Client;

  before(async () => {
    fixture = await startApi();
    await fixture.sql(`insert into tenants (tenant_id, name) values ('other', 'Other')`);
    await fixture.addUser('view', 'viewer');
    viewer = await Client.login(fixture, 'view');
    for (const given of GIVEN) await insert(given);
  });
  after(() => fixture.stop());

  async function insert({
    at,
    severity = 'warning',
    device = 'pump-01',
    rule = HOT,
    acknowledged,
    resolved,
    tenant = 'default',
  }: Given): Promise<void> {
    const after = (minutes: number | undefined) => (minutes === undefined ? null : new Date(Date.parse(at) + minutes * 60_000));
    await fixture.sql(
      `insert into alerts (alert_id, tenant_id, rule_id, rule_version, rule_name, device_id, key, severity, status, message, raised_at, known_at, last_at, acknowledged_at, resolved_at)
       values ($1, $2, $3, 1, $4, $5, 'temperature', $6, $7, 'm', $8, $8, $8, $9, $10)`,
      [
        newUuid(),
        tenant,
        rule,
        `${rule === HOT ? 'Hot' : 'Cold'} as of ${at.slice(0, 10)}`,
        device,
        severity,
        resolved !== undefined ? 'resolved' : acknowledged !== undefined ? 'acknowledged' : 'active',
        at,
        after(acknowledged),
        after(resolved),
      ],
    );
  }

  async function stats(query: string): Promise<AlertStats> {
    const answer = await viewer.get(`/alerts/stats?${query}`);
    assert.equal(answer.status, 200, answer.text);
    return answer.body as unknown as AlertStats;
  }

  const DAY = 'start=2026-03-10T00:00:00Z&end=2026-03-11T00:00:00Z';

  it('tell what is open now, and of the period what was raised, by status and severity', async () => {
    const { open, raised } = await stats(DAY);
    assert.deepEqual(open, { total: 3, by_status: { active: 2, acknowledged: 1 }, by_severity: { info: 0, warning: 2, critical: 1 } });
    assert.deepEqual(raised, {
      total: 4,
      by_status: { active: 1, acknowledged: 1, resolved: 2 },
      by_severity: { info: 1, warning: 2, critical: 1 },
    });
  });

  it('count per hour of UTC, hours without alerts too', async () => {
    const { bucket, raised_per_bucket: buckets } = await stats(DAY);
    assert.equal(bucket, 'hour');
    assert.equal(buckets.length, 24);
    assert.deepEqual(buckets[8], { start: '2026-03-10T08:00:00.000Z', total: 2, info: 0, warning: 1, critical: 1 });
    assert.deepEqual(buckets[9], { start: '2026-03-10T09:00:00.000Z', total: 0, info: 0, warning: 0, critical: 0 });
    assert.equal(
      buckets.reduce((sum, { total }) => sum + total, 0),
      4,
    );
  });

  it('count per day when the period is longer than a week, and hold as many days as it has', async () => {
    const { bucket, raised_per_bucket: buckets } = await stats('start=2026-02-01T00:00:00Z&end=2026-03-11T00:00:00Z');
    assert.equal(bucket, 'day');
    assert.equal(buckets.length, 38);
    assert.deepEqual([buckets[0]?.total, buckets[37]?.total], [1, 4]);
  });

  it('name the devices and rules with the most, open and raised, by their newest names', async () => {
    const { top_devices: devices, top_rules: rules } = await stats(DAY);
    assert.deepEqual(devices.by_open, [
      { device_id: 'pump-01', open: 1, raised: 2 },
      { device_id: 'pump-01b', open: 1, raised: 1 },
      { device_id: 'pump-03', open: 1, raised: 0 },
    ]);
    assert.deepEqual(
      devices.by_raised.map(({ device_id }) => device_id),
      ['pump-01', 'pump-01b', 'pump-02'],
    );
    assert.deepEqual(rules.by_open, [
      { rule_id: HOT, rule_name: 'Hot as of 2026-03-10', open: 2, raised: 3 },
      { rule_id: COLD, rule_name: 'Cold as of 2026-03-10', open: 1, raised: 1 },
    ]);
  });

  it('tell how long people and conditions took', async () => {
    const { time_to_acknowledge_seconds: acknowledged, time_to_resolve_seconds: resolved } = await stats(DAY);
    assert.deepEqual(acknowledged, { mean: 900, count: 2 });
    assert.deepEqual(resolved, { mean: 2_700, count: 2 });
    const empty = await stats('start=2024-01-01T00:00:00Z&end=2024-01-02T00:00:00Z');
    assert.deepEqual([empty.time_to_resolve_seconds, empty.raised.total, empty.open.total], [{ mean: null, count: 0 }, 0, 3]);
  });

  it('are of the last 24 hours unless a period is given', async () => {
    const { start, end } = await stats('');
    assert.equal(Date.parse(end) - Date.parse(start), 86_400_000);
    assert.ok(Math.abs(Date.parse(end) - fixture.clock.nowMs()) < 60_000);
    const { start: from } = await stats('end=2026-03-11T00:00:00Z');
    assert.equal(from, '2026-03-10T00:00:00.000Z');
  });

  it('refuse periods that are none or too long, naming the field', async () => {
    for (const [query, field] of [
      ['start=2026-03-11T00:00:00Z&end=2026-03-11T00:00:00Z', 'start'],
      ['start=2025-01-01T00:00:00Z&end=2026-03-11T00:00:00Z', 'start'],
      ['start=2026-03-11', 'start'],
      ['end=now', 'end'],
      ['per=hour', 'per'],
    ] as const) {
      const answer = await viewer.get(`/alerts/stats?${query}`);
      assert.deepEqual([answer.status, answer.body.errors[0]?.field], [400, field], query);
    }
  });

  it('are read by way of indexes', async () => {
    await fixture.sql(
      `insert into alerts (alert_id, tenant_id, rule_id, rule_version, rule_name, device_id, key, severity, status, message, raised_at, known_at, last_at)
       select gen_random_uuid(), 'other', gen_random_uuid(), 1, 'r', 'd', 'k', 'info', 'resolved', 'm', now(), now() - n * interval '1 minute', now()
         from generate_series(1, 20000) n`,
    );
    await fixture.sql('analyze alerts');
    for (const condition of [`status <> 'resolved'`, `known_at >= now() - interval '1 day' and known_at < now()`]) {
      const plan = JSON.stringify(await fixture.sql(`explain select device_id from alerts where tenant_id = 'default' and ${condition}`));
      assert.match(plan, /alerts_open_known|alerts_tenant/, condition);
    }
  });
});
