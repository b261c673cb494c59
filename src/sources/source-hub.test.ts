import assert from 'node:assert/strict';
import { silentLogger } from '../core/logger.ts';
import type { GatewayPrincipal } from '../core/principal.ts';
import { SETTLE_WITHIN_MS, SourceHub } from './source-hub.ts';
import type { OutletMessage, Settlement, SourceMessage } from './types.ts';

const PRINCIPAL: GatewayPrincipal = {
  kind: 'gateway',
  tenantId: 'default',
  permissions: new Set(),
  credentialId: 'c',
  name: 'g',
  autoRegister: false,
};
const STORED: Settlement = { kind: 'stored', stored: 1, duplicates: 0, rejected: [] };

function setUp() {
  const clock = { at: 1_000_000, nowMs: () => clock.at };
  const state = { healthy: true, kept: [] as SourceMessage[] };
  const hub = new SourceHub({
    clock,
    logger: silentLogger,
    isStorageHealthy: () => state.healthy,
    keepUnsettled: (message, done) => {
      state.kept.push(message);
      done(true);
    },
  });
  const message = (raw: string, kind: 'mqtt' | 'http' = 'mqtt'): SourceMessage => ({
    kind,
    principal: PRINCIPAL,
    deviceId: 'pump-01',
    key: undefined,
    topic: 'insa/devices/pump-01/telemetry',
    raw: Buffer.from(raw),
    index: 0,
    receivedAtMs: clock.at,
    sender: 's',
  });
  const submit = (raw: string, kind: 'mqtt' | 'http' = 'mqtt') => {
    const settled: Settlement[] = [];
    hub.submit(message(raw, kind), (settlement) => settled.push(settlement));
    return settled;
  };
  const outlet = (nodeId: string) => {
    const delivered: OutletMessage[] = [];
    const turns: boolean[] = [];
    const detach = hub.attachOutlet('mqtt', {
      nodeId,
      tabLabel: `tab of ${nodeId}`,
      deliver: (out) => delivered.push(out),
      onTurn: (turn) => turns.push(turn.active),
    });
    return { delivered, turns, detach };
  };
  return { hub, clock, state, submit, outlet };
}

describe('SourceHub', () => {
  it('hands messages parsed to the outlet and settles each once', () => {
    const { hub, submit, outlet } = setUp();
    const { delivered } = outlet('a');
    const settled = submit('{"t": 1}');
    assert.deepEqual(delivered[0]?.payload, { t: 1 });
    const ackId = delivered[0]?.ack_id ?? '';
    assert.equal(hub.open(ackId)?.deviceId, 'pump-01');
    hub.settle(ackId, STORED);
    hub.settle(ackId, { kind: 'discarded' });
    assert.deepEqual(settled, [STORED]);
    assert.equal(hub.unsettled, 0);
  });

  it('leaves what is no JSON as text, and what is too deep or no text as bytes', () => {
    const { submit, outlet } = setUp();
    const { delivered } = outlet('a');
    submit('hello');
    submit('['.repeat(50) + ']'.repeat(50));
    assert.equal(delivered[0]?.payload, 'hello');
    assert.ok(Buffer.isBuffer(delivered[1]?.payload));
  });

  it('lets the lowest node id of several outlets take part, and passes the turn on when it goes', () => {
    const { submit, outlet } = setUp();
    const b = outlet('b');
    const a = outlet('a');
    submit('1');
    assert.equal(a.delivered.length, 1);
    assert.equal(b.delivered.length, 0);
    assert.deepEqual(b.turns, [true, false]);
    a.detach();
    submit('2');
    assert.equal(b.delivered.length, 1);
    assert.equal(b.turns.at(-1), true);
  });

  it('gives what a deploy may have swallowed to the flow once more, in order, but not what is being stored', () => {
    const { hub, submit, outlet } = setUp();
    const before = outlet('a');
    submit('1');
    submit('2');
    submit('3');
    const second = hub.open(before.delivered[1]?.ack_id ?? '');
    assert.ok(second);
    second.beingStored = 1;
    hub.flowsStopping();
    before.detach();
    submit('4');
    const after = outlet('a');
    hub.flowsStarted();
    assert.deepEqual(
      after.delivered.map(({ payload }) => payload),
      [1, 3, 4],
    );
  });

  it('refuses a kind that no flow takes, but waits while flows are being deployed', () => {
    const { hub, submit } = setUp();
    const waiting: readonly Settlement[] = submit('1', 'http');
    assert.equal(waiting.length, 0);
    hub.flowsStarted();
    assert.equal(waiting[0]?.kind, 'unavailable');
    assert.equal(submit('2', 'http')[0]?.kind, 'unavailable');
  });

  it('settles a split message when every part has, and adds up what they stored', () => {
    const { hub, submit, outlet } = setUp();
    const { delivered } = outlet('a');
    const settled = submit('[1,2]');
    const ackId = delivered[0]?.ack_id ?? '';
    hub.settle(ackId, STORED, { id: 'x', index: 0, count: 2 });
    hub.settle(ackId, STORED, { id: 'x', index: 0, count: 2 });
    assert.deepEqual(settled, []);
    const rejected = { index: 1, field: 'a', reason: 'invalid_value', message: 'm' } as const;
    hub.settle(
      ackId,
      { kind: 'rejected', reason: 'invalid_value', field: 'a', message: 'm', rejected: [rejected] },
      { id: 'x', index: 1, count: 2 },
    );
    assert.deepEqual(settled, [{ kind: 'stored', stored: 1, duplicates: 0, rejected: [rejected] }]);
  });

  it('settles every message that was joined into one', () => {
    const { hub, submit, outlet } = setUp();
    const { delivered } = outlet('a');
    const [first, second] = [submit('1'), submit('2')];
    hub.settle(
      delivered.map(({ ack_id: ackId }) => ackId),
      STORED,
    );
    assert.equal(first.length + second.length, 2);
  });

  it('keeps as rejected what no node settles in 10 s, and refuses it over HTTP', () => {
    const { hub, clock, state, submit, outlet } = setUp();
    outlet('a');
    hub.attachOutlet('http', { nodeId: 'h', tabLabel: 't', deliver: () => undefined, onTurn: () => undefined });
    hub.flowsStarted();
    const [mqtt, http] = [submit('1'), submit('2', 'http')];
    clock.at += SETTLE_WITHIN_MS - 1;
    hub['sweep']();
    assert.equal(mqtt.length, 0);
    clock.at += 2;
    state.healthy = false;
    hub['sweep']();
    assert.equal(mqtt.length, 0, 'a database that is away is no fault of the flow');
    state.healthy = true;
    hub['sweep']();
    assert.equal(state.kept.length, 1);
    assert.equal(mqtt[0]?.kind === 'rejected' && mqtt[0].reason, 'not_settled');
    assert.equal(http[0]?.kind === 'unavailable' && http[0].code, 'FLOW_DID_NOT_STORE');
  });

  it('leaves what is being stored to whoever stores it, however long that takes', () => {
    const { hub, clock, state, submit, outlet } = setUp();
    const { delivered } = outlet('a');
    hub.flowsStarted();
    const settled = submit('1');
    const ackId = delivered[0]?.ack_id ?? '';
    const message = hub.open(ackId) ?? assert.fail();
    message.beingStored = 1;
    clock.at += SETTLE_WITHIN_MS * 2;
    hub['sweep']();
    assert.deepEqual([settled, state.kept], [[], []]);
    hub.settle(ackId, STORED);
    assert.deepEqual(settled, [STORED]);
  });

  it('refuses requests when flows do not run for 10 s; devices wait', () => {
    const { hub, clock, submit } = setUp();
    const [http, mqtt] = [submit('1', 'http'), submit('2')];
    clock.at += SETTLE_WITHIN_MS - 1;
    hub['sweep']();
    assert.equal(http.length, 0);
    clock.at += 1;
    hub['sweep']();
    assert.equal(http[0]?.kind === 'unavailable' && http[0].code, 'NO_OUTLET');
    assert.equal(mqtt.length, 0);
  });

  it('gives every message an id that nobody can guess', () => {
    const { hub, submit, outlet } = setUp();
    const { delivered } = outlet('a');
    hub.flowsStarted();
    submit('1');
    submit('2');
    const ids = delivered.map(({ ack_id: ackId }) => ackId);
    assert.equal(new Set(ids).size, 2);
    for (const id of ids) assert.match(id, /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  });

  it('turns requests away while too much waits already, and takes them again afterwards', () => {
    const { hub, submit } = setUp();
    const acks: string[] = [];
    hub.attachOutlet('http', { nodeId: 'h', tabLabel: 't', deliver: ({ ack_id: ackId }) => acks.push(ackId), onTurn: () => undefined });
    const body = `"${'x'.repeat(1_000_000)}"`;
    const answers = Array.from({ length: 70 }, () => submit(body, 'http'));
    assert.equal(acks.length, 67, '64 MiB of them');
    assert.equal(answers[69]?.[0]?.kind, 'unavailable');
    for (const ackId of [...acks]) hub.settle(ackId, STORED);
    submit(body, 'http');
    assert.equal(acks.length, 68);
  });
});
