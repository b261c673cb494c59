import assert from 'node:assert/strict';
import { AppError } from '../../../core/errors.ts';
import { FlowEntries } from './flow-entries.ts';
import type { FlowActionMessage } from './flow-entries.ts';

const MESSAGE = { id: 'n-1', attempt: 1, event: 'raised' } as FlowActionMessage;

describe('the entries of flows', () => {
  it('hand a message to the entry of that name, and wait until it took it', async () => {
    const entries = new FlowEntries();
    const taken: FlowActionMessage[] = [];
    entries.register('pumps', async (message) => {
      await Promise.resolve();
      taken.push(message);
    });
    entries.register('other', () => assert.fail('not this one'));
    await entries.deliver('pumps', MESSAGE);
    assert.deepEqual(taken, [MESSAGE]);
  });

  it('say which exist when there is none of that name', async () => {
    const entries = new FlowEntries();
    await assert.rejects(entries.deliver('x', MESSAGE), (error) => error instanceof AppError && /no flow has one/.test(error.message));
    entries.register('pumps', () => undefined);
    entries.register('fans', () => undefined);
    await assert.rejects(entries.deliver('x', MESSAGE), (error) => {
      assert.ok(error instanceof AppError);
      assert.equal(error.code, 'NOT_FOUND');
      assert.match(error.message, /named "x" \(there are "fans", "pumps"\)/);
      return true;
    });
  });

  it('fail with what the entry says', async () => {
    const entries = new FlowEntries();
    entries.register('pumps', () => Promise.reject(new Error('stuck')));
    await assert.rejects(entries.deliver('pumps', MESSAGE), /stuck/);
  });

  it('refuse a second entry of a name, and let the next one in when the first is gone', async () => {
    const entries = new FlowEntries();
    const remove = entries.register('pumps', () => undefined);
    assert.throws(() => entries.register('pumps', () => undefined), /Another entry has the name "pumps"/);
    remove();
    let taken = 0;
    entries.register('pumps', () => void (taken += 1));
    remove(); // Late: it is not the first one's name any more.
    await entries.deliver('pumps', MESSAGE);
    assert.equal(taken, 1);
  });
});
