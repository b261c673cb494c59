import assert from 'node:assert/strict';
import { startFlowPlatform } from '../../test/nodes/support/flow-platform.ts';
import type { FlowPlatform } from '../../test/nodes/support/flow-platform.ts';
import { CORE, node, RunningFlow } from '../../test/nodes/support/runtime.ts';
import { until } from '../../test/nodes/support/until.ts';

const TOPIC = 'insa/devices/pump-01/telemetry';

describe('iiot-ingest', () => {
  let platform: FlowPlatform;
  let flow: RunningFlow;

  before(async () => {
    platform = await startFlowPlatform();
    await platform.createDevice('pump-01');
    await platform.createDevice('pump-02');
  });

  beforeEach(() => {
    flow = new RunningFlow();
  });

  afterEach(async () => {
    await flow.stop();
    platform.setStorage('ok');
  });

  after(() => platform.stop());

  const sinks = [node('stored', 'helper', []), node('rejected', 'helper', [])];
  const ingest = (fields: object = {}) => node('in', 'iiot-ingest', [['stored'], ['rejected']], { trustTopicDevice: false, ...fields });
  const values = () =>
    platform.query(`select s.device_id, s.key, t.value from telemetry t join series s using (series_id) order by t.time, s.key, t.value`);

  it('stores what an outlet delivers, then settles it, then lets it go on', async () => {
    await flow.start(platform, [node('mqtt', 'iiot-mqtt-broker', [['in']]), ingest(), ...sinks]);
    const settlement = await platform.submit('pump-01', { temperature: 21.5 });
    assert.deepEqual(settlement.kind === 'stored' && settlement.stored, 1);
    const [message] = await flow.arrived('stored', 1);
    assert.deepEqual(message?.payload, { temperature: 21.5 });
    assert.deepEqual(message.device, { device_id: 'pump-01' });
    assert.deepEqual(
      message.telemetry?.points.map(({ key, value }) => ({ key, value })),
      [{ key: 'temperature', value: 21.5 }],
    );
    assert.deepEqual((await values()).at(-1), { device_id: 'pump-01', key: 'temperature', value: 21.5 });
  });

  it('settles a malformed message as rejected and sends it from output 2 with its reason', async () => {
    await flow.start(platform, [node('mqtt', 'iiot-mqtt-broker', [['in']]), ingest(), ...sinks]);
    const settlement = await platform.submit('pump-01', '{"temperature": ');
    assert.equal(settlement.kind === 'rejected' && settlement.reason, 'malformed_json');
    const [message] = await flow.arrived('rejected', 1);
    assert.equal(rejectionOf(message).reason, 'malformed_json');
    assert.equal(flow.messages('stored').length, 0);
    await until(() => flow.status('in')?.text === 'malformed_json', 'the reason under the node');
  });

  it('sends a message of which a part was refused from both outputs', async () => {
    await flow.start(platform, [node('mqtt', 'iiot-mqtt-broker', [['in']]), ingest(), ...sinks]);
    const settlement = await platform.submit('pump-01', { good: 1, bad: { nested: true } });
    assert.equal(settlement.kind === 'stored' && settlement.rejected.length, 1);
    await flow.arrived('stored', 1);
    const [message] = await flow.arrived('rejected', 1);
    assert.deepEqual([rejectionOf(message).reason, rejectionOf(message).field], ['nested_value', 'bad']);
  });

  it('leaves the sender unacknowledged while the database is away, and tells it once', async () => {
    await flow.start(platform, [node('mqtt', 'iiot-mqtt-broker', [['in']]), ingest(), ...sinks]);
    platform.setStorage('away');
    const settlements = await Promise.all([1, 2, 3].map((temperature) => platform.submit('pump-01', { temperature })));
    assert.deepEqual(new Set(settlements.map(({ kind }) => kind)), new Set(['unavailable']));
    await until(() => flow.status('in')?.text === 'database away', 'the state under the node');
    assert.equal(flow.errorsOf('in').length, 1);
  });

  it('acknowledges a split message when every part is stored, and not before', async () => {
    const split = node('split', 'split', [['filter']], {
      splt: '\\n',
      spltType: 'str',
      arraySplt: 1,
      arraySpltType: 'len',
      property: 'payload',
    });
    const filter = node('filter', 'switch', [['in'], ['held']], {
      property: 'payload.hold',
      propertyType: 'msg',
      rules: [{ t: 'null' }, { t: 'else' }],
      checkall: 'false',
      outputs: 2,
    });
    const nodes = [node('mqtt', 'iiot-mqtt-broker', [['split']]), split, filter, ingest(), node('held', 'helper', []), ...sinks];
    await flow.start(platform, nodes, [CORE.split(), CORE.switch()]);
    let settled = false;
    const settlement = platform.submit('pump-02', [{ a: 1 }, { b: 2 }, { hold: 3 }]).finally(() => (settled = true));
    await flow.arrived('stored', 2);
    const [held] = await flow.arrived('held', 1);
    assert.equal(settled, false);
    flow.send('in', held ?? {});
    const whole = await settlement;
    assert.equal(whole.kind === 'stored' && whole.stored, 3);
  });

  it('settles every acknowledgement of a joined message', async () => {
    await flow.start(platform, [node('mqtt', 'iiot-mqtt-broker', [['collect']]), node('collect', 'helper', []), ingest(), ...sinks]);
    // One look at the clock: two could fall a millisecond apart and give both readings one time.
    const nowMs = Date.now();
    const settlements = Promise.all(
      [1, 2].map((joined) => platform.submit('pump-01', { joined, timestamp: new Date(nowMs - joined).toISOString() })),
    );
    const parts = await flow.arrived('collect', 2);
    flow.send('in', { payload: parts.map(({ payload }) => payload), ack_id: parts.map(({ ack_id }) => ack_id) });
    assert.deepEqual(
      (await settlements).map((one) => one.kind),
      ['stored', 'stored'],
    );
    assert.equal((await flow.arrived('stored', 1))[0]?.telemetry?.points.length, 2);
  });

  it('takes complete messages that a join node put together one by one', async () => {
    await flow.start(platform, [node('mqtt', 'iiot-mqtt-broker', [['collect']]), node('collect', 'helper', []), ingest(), ...sinks]);
    const settlements = Promise.all(['pump-01', 'pump-02'].map((device) => platform.submit(device, { complete: 1 })));
    const parts = await flow.arrived('collect', 2);
    flow.send('in', { payload: parts });
    assert.deepEqual(
      (await settlements).map((one) => one.kind),
      ['stored', 'stored'],
    );
    const stored = await flow.arrived('stored', 2);
    assert.deepEqual(stored.map(({ telemetry }) => telemetry?.device_id).sort(), ['pump-01', 'pump-02']);
  });

  it('does not take readings for joined messages because their sender made them look like that', async () => {
    await flow.start(platform, [node('mqtt', 'iiot-mqtt-broker', [['first']]), node('first', 'helper', []), ingest(), ...sinks]);
    const victim = platform.submit('pump-01', { victim: 1 });
    const [theirs] = await flow.arrived('first', 1);
    const forged = platform.submit('pump-02', [{ ack_id: theirs?.ack_id, payload: { victim: 666 } }]);
    flow.send('in', (await flow.arrived('first', 2))[1] ?? assert.fail());
    await forged;
    assert.equal(rejectionOf((await flow.arrived('rejected', 1))[0]).reason, 'nested_value');
    flow.send('in', theirs ?? assert.fail());
    assert.equal((await victim).kind, 'stored');
    const stored = await platform.query(`select device_id, value from telemetry join series using (series_id) where key = 'victim'`);
    assert.deepEqual(stored, [{ device_id: 'pump-01', value: 1 }]);
  });

  it('refuses readings of several devices joined into one message', async () => {
    await flow.start(platform, [node('mqtt', 'iiot-mqtt-broker', [['collect']]), node('collect', 'helper', []), ingest(), ...sinks]);
    const settlements = Promise.all(['pump-01', 'pump-02'].map((device) => platform.submit(device, { mixed: 1 })));
    const parts = await flow.arrived('collect', 2);
    flow.send('in', { payload: parts.map(({ payload }) => payload), ack_id: parts.map(({ ack_id }) => ack_id) });
    assert.deepEqual(
      (await settlements).map((one) => one.kind),
      ['rejected', 'rejected'],
    );
    assert.match(rejectionOf((await flow.arrived('rejected', 1))[0]).message, /pump-01 and pump-02/);
    assert.equal((await platform.query(`select 1 from series where key = 'mixed'`)).length, 0);
  });

  it('takes messages of stock sources only where their topic is trusted', async () => {
    await flow.start(platform, [ingest(), ...sinks]);
    flow.send('in', { topic: TOPIC, payload: { stock: 1 } });
    assert.equal(rejectionOf((await flow.arrived('rejected', 1))[0]).reason, 'untrusted_source');
    assert.equal(
      (
        await platform.query(`select reason from rejected_messages where reason = 'untrusted_source' and source = 'flow' and topic = $1`, [
          TOPIC,
        ])
      ).length,
      1,
    );

    await flow.deploy([ingest({ trustTopicDevice: true }), ...sinks]);
    flow.send('in', { topic: TOPIC, payload: '{"stock": 2}' });
    flow.send('in', { topic: `${TOPIC}/level`, payload: Buffer.from('3.5') });
    flow.send('in', { topic: 'somewhere/else', payload: { own: 4 }, device: { device_id: 'pump-02' } });
    flow.send('in', { topic: 'somewhere/else', payload: { lost: 5 } });
    flow.send('in', { topic: '$SYS/heartbeat', payload: 'tick' });
    const stored = (await flow.arrived('stored', 3)).map(({ telemetry }) => [telemetry?.device_id, telemetry?.points[0]?.key]);
    assert.deepEqual(stored.sort(), [
      ['pump-01', 'level'],
      ['pump-01', 'stock'],
      ['pump-02', 'own'],
    ]);
    const rejected = await flow.arrived('rejected', 2);
    assert.deepEqual(
      rejected.map((message) => rejectionOf(message).reason),
      ['untrusted_source', 'invalid_device_id'],
    );
  });

  it('acknowledges what is in the flow when a deploy comes', async () => {
    const nodes = [node('mqtt', 'iiot-mqtt-broker', [['swallow']]), node('swallow', 'helper', []), ingest(), ...sinks];
    await flow.start(platform, nodes);
    const settlement = platform.submit('pump-01', { deployed: 1 });
    await flow.arrived('swallow', 1);
    await flow.deploy([node('mqtt', 'iiot-mqtt-broker', [['in']]), ingest(), ...sinks]);
    assert.equal((await settlement).kind, 'stored');
    assert.equal((await platform.query(`select 1 from telemetry join series using (series_id) where key = 'deployed'`)).length, 1);
  });

  it('loses nothing over full deploys under load', async () => {
    const nodes = [node('mqtt', 'iiot-mqtt-broker', [['in']]), ingest(), ...sinks];
    await flow.start(platform, nodes);
    const startMs = Date.now() - 60_000;
    const settlements: Promise<{ kind: string }>[] = [];
    const batch = (from: number) => {
      for (let i = from; i < from + 300; i += 1) {
        settlements.push(platform.submit('pump-02', { timestamp: startMs + i, data: { load: i } }));
      }
    };
    for (let round = 0; round < 4; round += 1) {
      batch(round * 600);
      const deployed = flow.deploy(nodes);
      batch(round * 600 + 300);
      await deployed;
    }
    const kinds = (await Promise.all(settlements)).map(({ kind }) => kind);
    assert.deepEqual(new Set(kinds), new Set(['stored']));
    const [row] = await platform.query(`select count(*)::int as n from telemetry join series using (series_id) where key = 'load'`);
    assert.equal(row?.['n'], 2_400);
  });
});

function rejectionOf(message: object | undefined): { reason: string; field: string | null; message: string } {
  assert.ok(message !== undefined && 'rejected' in message);
  return message.rejected as { reason: string; field: string | null; message: string };
}
