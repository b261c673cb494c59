import assert from 'node:assert/strict';
import { seededRandom } from '../../bench/rules/row.ts';
import { alertExplanationSchema } from '../../src/contracts/explanations.ts';
import { newUuid } from '../../src/core/ids.ts';
import { Client, startApi } from './support.ts';
import type { ApiFixture } from './support.ts';

const HOUR_MS = 3_600_000;

/** An answer from the cache says how old it is; one that was just made is 0 s old. */
describe('answers that are given again', () => {
  let fixture: ApiFixture;
  let admin: Client;

  before(async () => {
    fixture = await startApi();
    fixture.wire();
    admin = await Client.login(fixture, 'admin');
    for (const device_id of ['one', 'two']) await admin.post('/devices', { device_id });
  });
  after(() => fixture.stop());

  /** Whether the answer was made for an earlier question. Time goes on first, so that an answer of before is a second old at least. */
  async function isGivenAgain(path: string): Promise<boolean> {
    fixture.clock.offsetMs += 1_000;
    const answer = await admin.get(path);
    assert.equal(answer.status, 200, answer.text);
    return Number(answer.headers.get('age')) > 0;
  }

  it('about one alert end with that alert, and not with another', async () => {
    const [first, second] = [newUuid(), newUuid()];
    for (const id of [first, second]) {
      await fixture.sql(
        `insert into alerts (alert_id, tenant_id, rule_id, rule_version, rule_name, device_id, key, severity, status, message, value, threshold, unit, raised_at, known_at, last_value, last_at)
         values ($1, 'default', $2, 1, 'High', 'one', 'temperature', 'warning', 'active', 'too hot', '51', 50, '°C', now(), now(), '51', now())`,
        [id, newUuid()],
      );
    }
    const detail = (id: string) => isGivenAgain(`/alerts/${id}`);
    const list = () => isGivenAgain('/alerts');
    assert.deepEqual([await detail(first), await detail(second), await list()], [false, false, false]);
    assert.deepEqual([await detail(first), await detail(second), await list()], [true, true, true]);

    assert.equal((await admin.post(`/alerts/${first}/notes`, { note: 'seen' })).status, 201);
    assert.deepEqual([await detail(first), await detail(second)], [false, true]);

    assert.equal((await admin.post(`/alerts/${second}/acknowledge`, {})).status, 200);
    assert.deepEqual([await detail(first), await detail(second), await list()], [true, false, false]);
    assert.equal((await admin.get(`/alerts/${second}`)).body.status, 'acknowledged');

    const explanation = (id: string) => isGivenAgain(`/alerts/${id}/explanation`);
    const steps = async (id: string) => {
      const { text } = await admin.get(`/alerts/${id}/explanation`);
      return alertExplanationSchema.parse(JSON.parse(text)).steps.map(({ step }) => step);
    };
    assert.equal(await explanation(first), true, 'what happened to it was read for the page of the alert');
    assert.ok(!(await steps(first)).includes('afterwards'));
    fixture.clock.offsetMs += 10_000;
    assert.equal((await admin.post(`/alerts/${first}/acknowledge`, {})).status, 200);
    // The acknowledgement is in it at once; what the rule was is not read again for that.
    assert.ok((await steps(first)).includes('afterwards'));
    const age = Number((await admin.get(`/alerts/${first}/explanation`)).headers.get('age'));
    assert.ok(age >= 10, String(age));
  });

  it('about one device say when it was heard last, which ends none of them', async () => {
    await admin.post('/devices', { device_id: 'heard' });
    const lastSeen = async () => (await admin.get('/devices/heard')).body.last_seen_at;
    const hears = async () => {
      fixture.clock.offsetMs += 5_000;
      const timestamp = new Date(fixture.clock.nowMs()).toISOString();
      const stored = await admin.post('/telemetry', { device_id: 'heard', timestamp, data: { flow: 1 } });
      assert.equal(stored.status, 200, stored.text);
      return fixture.clock.nowMs();
    };
    const seconds = async () => Math.floor(Date.parse((await lastSeen()) ?? '') / 1_000);
    assert.equal(await lastSeen(), null);
    const firstMs = await hears();
    await fixture.presence.flush();
    assert.equal(await seconds(), Math.floor(firstMs / 1_000));
    const secondMs = await hears();
    assert.equal(await seconds(), Math.floor(secondMs / 1_000), 'before it is written down');
    // Lists end for that, at most every half a minute.
    fixture.clock.offsetMs += 40_000;
    await fixture.presence.flush();
    assert.equal(await isGivenAgain('/devices/heard'), true);

    assert.equal((await admin.send('DELETE', '/devices/heard')).status, 204);
    await admin.post('/devices', { device_id: 'heard' });
    assert.equal(await lastSeen(), null, 'another device of the same id');
  });

  it('about one device end with that device, and not with another', async () => {
    const record = (id: string) => isGivenAgain(`/devices/${id}`);
    assert.deepEqual([await record('one'), await record('two')], [false, false]);
    assert.deepEqual([await record('one'), await record('two')], [true, true]);
    assert.equal((await admin.send('PATCH', '/devices/one', { name: 'Pump' })).status, 200);
    assert.deepEqual([await record('one'), await record('two')], [false, true]);
    assert.equal((await admin.get('/devices/one')).body.name, 'Pump');
  });

  it('of buckets up to now are those of the database, however late readings come', async () => {
    const random = seededRandom(11);
    const fromMs = Math.floor((fixture.clock.nowMs() - 6 * HOUR_MS) / HOUR_MS) * HOUR_MS;
    const iso = (ms: number) => new Date(ms).toISOString();
    const buckets = async () => {
      const range = `start=${iso(fromMs)}&end=${iso(fixture.clock.nowMs() + 60_000)}`;
      const answer = await admin.get(`/telemetry/aggregate?device_id=one&keys=flow&bucket=300&functions=avg,min,max,sum,count&${range}`);
      assert.equal(answer.status, 200, answer.text);
      return answer.body.items;
    };
    for (let round = 0; round < 8; round += 1) {
      const times = Array.from({ length: 6 }, () => fromMs + Math.floor(random() ** 2 * (fixture.clock.nowMs() - fromMs)));
      times.push(fixture.clock.nowMs() - 1_000 + round);
      const stored = await admin.post(
        '/telemetry',
        times.map((ms) => ({ device_id: 'one', timestamp: iso(ms), data: { flow: Math.round(random() * 40) / 4 } })),
      );
      assert.equal(stored.status, 200, stored.text);
      const found = await buckets();
      // Ends everything that is kept of the past, as an import does.
      fixture.events.emit('history.stored', {});
      assert.deepEqual(found, await buckets(), `round ${String(round)}`);
      await buckets();
      fixture.clock.offsetMs += 90_000;
    }
  });
});
