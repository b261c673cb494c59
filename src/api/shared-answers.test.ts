import assert from 'node:assert/strict';
import type { PlatformEvents } from '../contracts/events.ts';
import { EventBus } from '../core/events.ts';
import { SharedAnswers } from './shared-answers.ts';

describe('answers that many ask for at the same time', () => {
  let nowMs: number;
  let asked: number;
  let events: EventBus<PlatformEvents>;
  let answers: SharedAnswers;
  const make = () => Promise.resolve({ asked: (asked += 1) });
  const ask = (tenant = 'default', question = 'devices') => answers.answer(tenant, question, make);
  const changed = (tenantId: string) => events.emit('device.changed', { tenantId, deviceId: 'pump-1', change: 'updated' });

  beforeEach(() => {
    nowMs = 1_000;
    asked = 0;
    events = new EventBus();
    answers = new SharedAnswers({ clock: { nowMs: () => nowMs }, events });
  });

  it('are made once for all who ask within 200 ms, and then anew', async () => {
    assert.deepEqual(await Promise.all([ask(), ask()]), ['{"asked":1}', '{"asked":1}']);
    nowMs += 199;
    assert.equal(await ask(), '{"asked":1}');
    nowMs += 1;
    assert.equal(await ask(), '{"asked":2}');
  });

  it('are those of one question of one tenant', async () => {
    assert.deepEqual(await Promise.all([ask(), ask('acme'), ask('default', 'alerts')]), ['{"asked":1}', '{"asked":2}', '{"asked":3}']);
  });

  it('are made anew after a change, also when it happens while one is being made', async () => {
    let finish: (body: object) => void = () => undefined;
    const slow = answers.answer('default', 'devices', () => new Promise((resolve) => (finish = resolve)));
    changed('default');
    const next = ask();
    finish({ asked: 'before the change' });
    assert.equal(await slow, '{"asked":"before the change"}');
    assert.equal(await next, '{"asked":1}');
    assert.equal(await ask(), '{"asked":1}');
    changed('acme');
    assert.equal(await ask(), '{"asked":1}', 'what changes for others changes nothing here');
    changed('default');
    assert.equal(await ask(), '{"asked":2}');
  });

  it('that failed are asked for again', async () => {
    await assert.rejects(
      answers.answer('default', 'devices', () => Promise.reject(new Error('gone'))),
      /gone/,
    );
    assert.equal(await ask(), '{"asked":1}');
  });
});
