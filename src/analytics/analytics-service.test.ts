import assert from 'node:assert/strict';
import { AppError } from '../core/errors.ts';
import { Analytics } from './analytics-service.ts';

const QUESTION = { tenantId: 'default', deviceId: 'pump', key: 'flow', startUs: '0', endUs: '1000000' };

describe('an analysis that the database does not finish', () => {
  const failing = (code: string) =>
    new Analytics({ snapshotAsTenant: () => Promise.reject(Object.assign(new Error('as the database says it'), { code })) });

  it('that takes too long is refused with what to do', async () => {
    await assert.rejects(failing('57014').statistics(QUESTION), (error) => {
      assert.ok(error instanceof AppError);
      assert.equal(error.code, 'INVALID_REQUEST');
      assert.match(error.message, /not there after 20 s.*Choose a shorter period/);
      return true;
    });
  });

  it('for another reason fails with that', async () => {
    await assert.rejects(failing('57P01').trend(QUESTION), { code: '57P01' });
  });
});
