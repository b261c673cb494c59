import assert from 'node:assert/strict';
import { EventEmitter } from 'node:events';
import { FlowStart } from './flow-start.ts';

describe('the start of flows', () => {
  it('is waited for by as many nodes as there are, without a warning', async () => {
    const warnings: string[] = [];
    const hear = ({ name }: Error): void => void warnings.push(name);
    process.on('warning', hear);
    const events = new EventEmitter();
    const nothing = (): void => undefined;
    const flows = new FlowStart(events, { flowsStarted: nothing, flowsStopping: nothing, flowsTaken: nothing });
    const begun = flows.begin();
    for (let node = 0; node < 50; node += 1) events.prependOnceListener('flows:started', nothing);
    events.emit('flows:started');
    await begun;
    await new Promise((resolve) => setImmediate(resolve));
    process.off('warning', hear);
    flows.end();
    assert.deepEqual(warnings, []);
  });
});
