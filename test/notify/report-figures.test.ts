import assert from 'node:assert/strict';
import { createEmailChannel } from '../../src/app/email.ts';
import { silentLogger } from '../../src/core/logger.ts';
import { Partitions } from '../../src/storage/partitions.ts';
import { insertAlert, updateAlert } from '../../src/storage/repositories/alerts.ts';
import { createTestDatabase, queryOnce } from '../support/postgres.ts';
import type { TestDatabase } from '../support/postgres.ts';
import { ALERT, alertContent, delivery, going, RESOLVED } from './email-parts.ts';
import { startMailServer } from './smtp.ts';
import type { MailServer } from './smtp.ts';

/** Reports and curves of what is in the database. */
describe('e-mail with figures of the database', () => {
  let database: TestDatabase;
  let server: MailServer;
  const sql = (text: string, values?: unknown[]) => queryOnce(database.connection, text, values);

  before(async () => {
    database = await createTestDatabase();
    server = await startMailServer();
    const { db } = database;
    await sql(`insert into tenants (tenant_id, name) values ('other', 'other')`);
    await sql(`insert into devices (device_id, tenant_id, name, status, last_seen_at) values ('boiler-2', 'default', 'Boiler 2', 'online', now()),
      ('pump-7', 'default', 'Pump 7', 'offline', '2026-11-19T10:00:00Z'), ('foreign', 'other', 'Foreign', 'offline', null)`);
    const rule = `insert into rules (rule_id, tenant_id, origin, version) values ($1, $2, 'stored', 1)`;
    const version = `insert into rule_versions (rule_id, version, tenant_id, definition) values ($1, 1, $2, $3::jsonb)`;
    for (const [id, tenant, name] of [
      [ALERT.rule_id, 'default', 'Boiler too hot'],
      ['0190f0c2-0000-7000-8000-000000000099', 'default', 'Filter clogged'],
      ['0190f0c2-0000-7000-8000-000000000098', 'other', 'Foreign rule'],
    ] as const) {
      await sql(rule, [id, tenant]);
      await sql(version, [id, tenant, JSON.stringify({ name })]);
    }
    await db.transaction(async (tx) => {
      await insertAlert(tx, 'default', RESOLVED);
      await updateAlert(tx, 'default', RESOLVED);
      await insertAlert(tx, 'default', { ...ALERT, id: '0190f0c2-0000-7000-8000-000000000021', device_id: 'pump-7', severity: 'warning' });
      await insertAlert(tx, 'other', {
        ...ALERT,
        id: '0190f0c2-0000-7000-8000-000000000022',
        rule_id: '0190f0c2-0000-7000-8000-000000000098',
      });
    });
  });
  after(async () => {
    await server.stop();
    await database.drop();
  });

  async function mailOf(rest: Parameters<typeof delivery>[0]) {
    const config = {
      mail: { smtpUrl: `smtp://127.0.0.1:${String(server.port)}`, from: 'plant@example.com', reportTo: [] },
      publicUrl: undefined,
      dataDir: '/nonexistent',
    };
    const channel = createEmailChannel({ config, db: database.db, clock: { nowMs: () => 0 }, logger: silentLogger });
    assert.equal((await channel.send(delivery(rest), going)).delivered, true);
    await channel.close();
    return server.mails.at(-1)?.mail ?? assert.fail();
  }

  it('reports the day of one tenant', async () => {
    const content = { start: '2026-11-21T00:00:00.000Z', end: '2026-11-22T00:00:00.000Z', timezone: 'UTC' };
    const { text = '', attachments } = await mailOf({ event: 'daily_report', content });
    assert.ok(text.includes('Alerts raised: 2 (1 critical, 1 warning, 0 info)'), text);
    assert.ok(text.includes('Open now: 1 (0 critical, 1 warning, 0 info)'));
    assert.ok(text.includes('Devices online now: 1 of 2 (1 offline, 0 never seen)'));
    assert.ok(text.includes('- Pump 7 (pump-7), last seen Thu 19 Nov 2026, 10:00:00'));
    assert.ok(text.includes('resolved after 22 min'));
    assert.equal(
      Buffer.from(attachments[0]?.content as ArrayBuffer)
        .toString()
        .trim()
        .split('\r\n').length,
      3,
    );
    assert.doesNotMatch(text, /oreign/);
  });

  it('sums up the rules of one tenant, those without an alert too', async () => {
    const content = { start: '2026-11-16T00:00:00.000Z', end: '2026-11-23T00:00:00.000Z', timezone: 'UTC' };
    const { text = '' } = await mailOf({ event: 'rule_summary', content });
    assert.ok(text.includes('- Boiler too hot: 2 alerts (1 critical) of 2 devices, 1 open, resolved after 22 min on average'), text);
    assert.ok(text.includes('Rules without an alert: Filter clogged'));
    assert.doesNotMatch(text, /oreign/);
  });

  it('draws the readings that are stored, and nothing of another tenant', async () => {
    const raisedMs = Date.parse('2026-11-20T12:00:00Z');
    await new Partitions({ connection: database.connection, clock: { nowMs: () => raisedMs }, logger: silentLogger }).ensureFor(raisedMs);
    const at = (ms: number) => new Date(raisedMs + ms).toISOString();
    const alert = { raised_at: at(0), known_at: at(400), last_at: at(0) };
    assert.equal((await mailOf({ content: alertContent({ alert }) })).attachments.length, 0, 'no series');
    const [series] = await sql(
      `insert into series (tenant_id, device_id, key, kind, unit) values ('default', 'boiler-2', 'temperature', 'number', '°C') returning series_id`,
    );
    await sql(
      `insert into telemetry (series_id, time, value, quality)
         select $1, $2::timestamptz - g * interval '10 seconds', 80 + g % 7, 100 from generate_series(0, 100) g`,
      [series?.['series_id'], at(0)],
    );
    assert.equal((await mailOf({ content: alertContent({ alert }) })).attachments.length, 1);
    assert.equal((await mailOf({ tenantId: 'other', content: alertContent({ alert }) })).attachments.length, 0);
  });
});
