import assert from 'node:assert/strict';
import { deliveryOf, DELIVERY_ID, linkTo, RUNNING } from '../../../../test/notify/deliveries.ts';
import { commandActionSchema } from '../../../contracts/actions.ts';
import type { CommandAction } from '../../../contracts/actions.ts';
import type { Command } from '../../../contracts/commands.ts';
import { AppError } from '../../../core/errors.ts';
import type { CommandOrder } from '../../../devices/command-service.ts';
import type { Outcome } from '../../types.ts';
import { CommandChannel } from './command-channel.ts';

const NOW_MS = Date.parse('2026-11-21T12:00:10Z');

describe('the channel of commands', () => {
  let orders: CommandOrder[];
  let answer: Partial<Command> | Error | undefined;
  beforeEach(() => {
    orders = [];
    answer = { status: 'completed', answer: 'completed' };
  });
  const commands = {
    send: (order: CommandOrder): Promise<Command> => {
      orders.push(order);
      if (answer instanceof Error) return Promise.reject(answer);
      if (answer === undefined) return new Promise(() => undefined);
      return Promise.resolve({
        ...{ id: order.commandId ?? '', device_id: order.deviceId, command: order.request.command, params: {}, reason: null, result: null },
        ...{
          timeout_seconds: 30,
          sent_by: '',
          created_at: '',
          answered_at: null,
          late: false,
          due_at: '2026-11-21T12:00:40Z',
          answer: null,
        },
        status: 'sent',
        ...answer,
      });
    },
  };
  const channel = new CommandChannel({
    commands,
    allowedCommands: () => Promise.resolve(['stop']),
    clock: { nowMs: () => NOW_MS },
    linkTo,
  });
  const send = (action: Partial<CommandAction> = {}, changes = {}, signal = RUNNING): Promise<Outcome> =>
    channel.send(deliveryOf({ type: 'command', command: 'stop', ...action }, changes), signal);

  it('goes to the device of the alert under the id of the notification, the same at each attempt', async () => {
    await send();
    await send({ device_id: 'valve-7', timeout_seconds: 300 }, { attempt: 2 });
    assert.deepEqual(orders[0], {
      ...{ tenantId: 'default', deviceId: 'pump-01', commandId: DELIVERY_ID, sentBy: 'rule:High temperature', waitSeconds: 30 },
      request: { command: 'stop', params: {}, timeout_seconds: 30 },
    });
    assert.deepEqual([orders[1]?.deviceId, orders[1]?.commandId, orders[1]?.waitSeconds], ['valve-7', DELIVERY_ID, 60]);
  });

  it('fills in fields of parameters at any depth; a number stays one', async () => {
    const params = { why: '{{rule.name}}: {{value}} {{unit}}', speed: '{{ value }}', limits: [{ top: '{{threshold}}' }, 5, null, true] };
    await send({ params });
    assert.deepEqual(orders[0]?.request.params, {
      why: 'High temperature: 81.5 °C',
      speed: 81.5,
      limits: [{ top: 80 }, 5, null, true],
    });
    await send(
      { params: { last: '{{value}}', none: '{{threshold}}' } },
      { alert: { status: 'resolved', last_value: 70, threshold: null } },
    );
    assert.deepEqual(orders[1]?.request.params, { last: 70, none: '' });
  });

  it('is delivered when the device has done it, also late', async () => {
    answer = { status: 'completed', answer: 'completed', result: { rpm: 0 } };
    assert.deepEqual(await send(), { delivered: true, reason: '"pump-01" has done "stop": {"rpm":0}.' });
    answer = { status: 'timed_out', answer: 'completed', late: true };
    assert.deepEqual(await send(), { delivered: true, reason: '"pump-01" has done "stop" late.' });
  });

  it('fails at once with the words of the device, or when there is no such device', async () => {
    answer = { status: 'failed', answer: 'failed', result: 'valve\nstuck' };
    assert.deepEqual(await send(), { delivered: false, retryable: false, reason: '"pump-01" says that "stop" failed: valve stuck.' });
    answer = new AppError('NOT_FOUND', 'There is no device "pump-01".');
    assert.deepEqual(await send(), { delivered: false, retryable: false, reason: 'There is no device "pump-01".' });
  });

  it('is tried again when nobody got it, nobody answered, or the database is away', async () => {
    answer = { status: 'not_delivered', reason: 'Nobody is there.' };
    assert.deepEqual(await send(), { delivered: false, retryable: true, reason: 'Nobody is there.' });
    answer = { status: 'timed_out' };
    assert.deepEqual(await send(), { delivered: false, retryable: true, reason: '"pump-01" did not answer "stop" in time.' });
    answer = new Error('away');
    assert.deepEqual(await send(), { delivered: false, retryable: true, reason: 'away' });
    assert.equal(channel.retryDelaysMs.length, 2, 'three attempts in all');
  });

  it('looks again when a device with more time has had it', async () => {
    answer = { status: 'sent' };
    assert.deepEqual(await send(), {
      ...{ delivered: false, retryable: true, reason: '"pump-01" has not answered "stop" yet.' },
      retryAfterMs: 31_000,
    });
  });

  it('does not wait when the platform stops', async () => {
    answer = undefined;
    const outcome = await send({}, {}, AbortSignal.abort());
    assert.ok(!outcome.delivered && outcome.retryable);
  });

  it('sends nothing whose parameters are too long once they are filled in', async () => {
    const outcome = await send({ params: { text: '{{message}}'.repeat(100) } }, { alert: { message: 'x'.repeat(1_000) } });
    assert.ok(!outcome.delivered && !outcome.retryable);
    assert.match(outcome.reason, /more than 64 KB/);
    assert.equal(orders.length, 0);
  });
});

describe('the parameters of a command action', () => {
  it('are refused with a field that does not exist, at any depth', () => {
    const { error } = commandActionSchema.safeParse({ type: 'command', command: 'stop', params: { a: [{ b: '{{nope}}' }] } });
    assert.match(error?.issues[0]?.message ?? '', /\{\{nope\}\}, which is no field.*\{\{device\.name\}\}/);
  });
});
