import assert from 'node:assert/strict';
import type { Socket as NetSocket } from 'node:net';
import { until } from '../engine/support.ts';
import { TIME_US, alertOf, ask, collect, goLive, stored } from './support.ts';
import type { Client, Live } from './support.ts';

describe('live connection of a client that does not read', () => {
  let live: Live;

  afterEach(() => live.stop());

  /** Stops reading the network, as a phone that sleeps does. */
  const tcpOf = (client: Client): NetSocket => (client.io.engine.transport as unknown as { ws: { _socket: NetSocket } }).ws._socket;
  const long = 'x'.repeat(60_000);

  it('sends fewer values, the newest at last, and every alert', async () => {
    live = await goLive({ flushMs: 5 });
    const client = await live.connected();
    const values = collect(client, 'telemetry_update');
    const alerts = collect(client, 'alert');
    await ask(client, 'subscribe', { type: 'device', device_id: 'pump-01' });
    await ask(client, 'subscribe', { type: 'alerts' });
    tcpOf(client).pause();
    const rounds = 1_500;
    for (let i = 0; i < rounds; i++) {
      live.events.emit('telemetry.stored', stored('pump-01', { text: long, count: i }, TIME_US + i));
      if (i % 10 === 0) live.events.emit('alert.raised', { tenantId: 'default', alert: { ...alertOf(`a${i}`), message: long } });
      if (i % 10 === 0) await new Promise((resolve) => setTimeout(resolve, 6));
    }
    tcpOf(client).resume();
    await until('the newest value', () => values.at(-1)?.points['count']?.value === rounds - 1);
    await until('all alerts', () => alerts.length === rounds / 10);
    assert.deepEqual(
      alerts.map(({ id }) => id),
      Array.from({ length: rounds / 10 }, (_, i) => `a${i * 10}`),
    );
    assert.ok(values.length < rounds / 10, `${values.length} updates were sent`);
    const { connections, sent, overtaken, ended } = live.tally;
    assert.deepEqual([connections, ended], [1, 0]);
    assert.equal(sent, alerts.length + values.length);
    assert.ok(overtaken > rounds, `${String(overtaken)} of ${String(2 * rounds)} values were overtaken`);
    assert.equal(client.connected, true);
  });

  it('ends it when too many alerts wait, so that it reads them anew', async () => {
    live = await goLive({ waiting: 50 });
    const client = await live.connected();
    await ask(client, 'subscribe', { type: 'alerts' });
    tcpOf(client).pause();
    for (let i = 0; i < 400; i++) {
      live.events.emit('alert.raised', { tenantId: 'default', alert: { ...alertOf(`a${i}`), message: long } });
      await new Promise(setImmediate);
    }
    tcpOf(client).resume();
    await until('the end', () => client.disconnected);
    await until('it counts', () => live.tally.connections === 0 && live.tally.ended >= 1);
  });
});
