import type { MqttState } from '../../src/contracts/mqtt-state.ts';
import type { MqttStore } from '../../src/broker/ports.ts';

/** Nothing survives; for tests whose subject is not the store. */
export class ForgetfulStore implements MqttStore {
  load(): Promise<MqttState> {
    return Promise.resolve({ sessions: [], retained: [], wills: [], queued: [], incoming: [] });
  }

  write(): Promise<void> {
    return Promise.resolve();
  }

  isPassing(): boolean {
    return false;
  }
}
