import assert from 'node:assert/strict';
import { countQueries } from '../../bench/analytics/query-count.ts';
import { seededRandom } from '../../bench/rules/row.ts';
import { Client, startApi } from './support.ts';
import type { ApiFixture } from './support.ts';

/** What is shown of the last minutes comes from memory; the same readings asked of the database alone must be the same answer. */
describe('readings that pages follow', () => {
  let fixture: ApiFixture;
  let admin: Client;
  let fromMs: number;
  const iso = (ms: number) => new Date(ms).toISOString();
  const range = () => `start=${iso(fromMs)}&end=${iso(fixture.clock.nowMs() + 60_000)}`;
  const addresses = () => [
    ...['number', 'switch', 'word'].map((key) => `/telemetry/one?format=columns&keys=${key}&${range()}`),
    `/telemetry/one?format=columns&keys=number&limit=3&${range()}`,
    `/telemetry/one?keys=number&limit=5&${range()}`,
    `/telemetry/one?keys=word&limit=500&start=${iso(fromMs)}`,
    `/telemetry/aggregate?device_id=one&keys=number,switch&bucket=7&functions=avg,min,max,sum,count&${range()}`,
  ];
  /** From the database: the same rows without a series that is followed. */
  async function fromDatabase(paths: readonly string[]): Promise<string[]> {
    fixture.events.emit('history.stored', {});
    const answers: string[] = [];
    for (const path of paths) {
      fixture.events.emit('history.stored', {});
      answers.push((await admin.get(path)).text);
    }
    return answers;
  }
  const send = async (messages: object[]) => {
    const answer = await admin.post('/telemetry', messages);
    assert.ok(answer.status < 300, answer.text);
  };
  const message = (ms: number, value: number) => ({
    device_id: 'one',
    timestamp: iso(ms),
    data: { number: value, switch: value > 0, word: `word ${String(value)}` },
  });

  beforeEach(async () => {
    fixture = await startApi();
    fixture.wire();
    admin = await Client.login(fixture, 'admin');
    await admin.post('/devices', { device_id: 'one' });
    fromMs = fixture.clock.nowMs() - 10 * 60_000;
    await send([message(fromMs + 1_000, 1)]);
  });
  afterEach(() => fixture.stop());

  it('are those of the database, whatever order they come in', async () => {
    const random = seededRandom(3);
    for (let round = 0; round < 10; round += 1) {
      const sent = Array.from({ length: 5 }, () => message(fromMs + Math.floor(random() * 540_000), Math.round(random() * 8 - 4) / 4));
      await send(sent);
      const paths = addresses();
      const followed: string[] = [];
      for (const path of paths) followed.push((await admin.get(path)).text);
      assert.deepEqual(followed, await fromDatabase(paths));
      for (const path of paths) await admin.get(path);
    }
  });

  it('have pages that go on where the one before ended', async () => {
    const minute = (place: number) => message(fromMs + place * 60_000 + 2_000, place);
    await send(Array.from({ length: 9 }, (_, place) => minute(place)));
    const pages = async (beforeEach: () => void): Promise<number[][]> => {
      const found: number[][] = [];
      for (let cursor: string | null = ''; cursor !== null;) {
        beforeEach();
        const { body } = await admin.get(`/telemetry/one?keys=number&limit=4&${range()}&${cursor === '' ? '' : `cursor=${cursor}`}`);
        found.push(body.items.map(({ value }) => Number(value)));
        cursor = body.next_cursor;
      }
      return found;
    };
    const followed = await pages(() => undefined);
    // The first reading of all is the one of every test, with the value 1.
    assert.deepEqual(followed, [
      [8, 7, 6, 5],
      [4, 3, 2, 1],
      [0, 1],
    ]);
    assert.deepEqual(followed, await pages(() => fixture.events.emit('history.stored', {})));
  });

  it('are fewer of a series that has too many for the whole window, and from memory all the same', async () => {
    const nowMs = fixture.clock.nowMs();
    const sent = Array.from({ length: 2_600 }, (_, place) => ({
      ...{ device_id: 'one', timestamp: iso(nowMs - 520_000 + place * 200), data: { fast: place } },
    }));
    for (let from = 0; from < sent.length; from += 100) await send(sent.slice(from, from + 100));
    const count = countQueries('insa-api');
    try {
      const poll = async () => {
        const before = count.queries();
        const { text } = await admin.get(
          `/telemetry/one?format=columns&keys=fast&start=${iso(fixture.clock.nowMs() - 45_000)}&end=${iso(fixture.clock.nowMs() + 60_000)}`,
        );
        return { text, queries: count.queries() - before };
      };
      const [first, second] = [await poll(), await poll()];
      fixture.clock.offsetMs += 15_000;
      const third = await poll();
      // The first one finds that there are too many; from the second on less is followed.
      assert.ok(first.queries > 0 && second.queries > 0);
      assert.equal(third.queries, 0);
      assert.match(third.text, /2599\]/);
    } finally {
      count.stop();
    }
  });

  it('have what was imported into the last minutes', async () => {
    const path = `/telemetry/one?format=columns&keys=number&${range()}`;
    await admin.get(path);
    const answer = await admin.post('/telemetry?mode=history', [message(fromMs + 5_000, 7)]);
    assert.ok(answer.status < 300, answer.text);
    assert.match((await admin.get(path)).text, /"values":\[1,7\]/);
  });

  it('are gone with their device, and not those of another that takes its id', async () => {
    const path = `/telemetry/one?keys=number&${range()}`;
    assert.equal((await admin.get(path)).body.items.length, 1);
    assert.equal((await admin.send('DELETE', '/devices/one')).status, 204);
    assert.equal((await admin.get(path)).status, 404);
    await admin.post('/devices', { device_id: 'one' });
    assert.deepEqual((await admin.get(path)).body.items, []);
  });

  it('are nobody else’s', async () => {
    await fixture.sql(`insert into tenants (tenant_id, name) values ('acme', 'Acme') on conflict do nothing`);
    await fixture.addUser('eve', 'admin', { tenantId: 'acme' });
    const eve = await Client.login(fixture, 'eve');
    const path = `/telemetry/one?keys=number&${range()}`;
    assert.equal((await admin.get(path)).body.items.length, 1);
    assert.equal((await eve.get(path)).status, 404);
  });
});
