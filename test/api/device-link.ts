import type { DeviceLink, DeviceMessage } from '../../src/devices/device-link.ts';

/** The broker as the services of devices see it: what was published, and who would get it. */
export class FakeLink implements DeviceLink {
  readonly published: DeviceMessage[] = [];
  readonly retained = new Map<string, Buffer>();
  audience: 'connected' | 'queued' | 'none' = 'connected';
  /** Set: the broker does not run. */
  fails: Error | undefined;
  /** Called with each message, as a device would be. */
  onMessage: ((message: DeviceMessage) => void) | undefined;

  publish(message: DeviceMessage): Promise<void> {
    if (this.fails !== undefined) return Promise.reject(this.fails);
    this.published.push(message);
    if (message.retain) this.retained.set(message.topic, Buffer.from(message.payload));
    this.onMessage?.(message);
    return Promise.resolve();
  }

  audienceOf(): 'connected' | 'queued' | 'none' {
    return this.audience;
  }

  /** What was taken back. */
  readonly withdrawn: DeviceMessage[] = [];

  withdraw(topic: string, isMeant: (payload: Buffer) => boolean): void {
    this.withdrawn.push(...this.published.filter((message) => message.topic === topic && isMeant(Buffer.from(message.payload))));
  }

  retainedOn(topic: string): Buffer | undefined {
    return this.retained.get(topic);
  }
}
