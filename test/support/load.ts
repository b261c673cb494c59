import { setTimeout as delay } from 'node:timers/promises';
import mqtt from 'mqtt';
import type { MqttClient } from 'mqtt';

/** A device that publishes numbered readings with their own times and remembers which were acknowledged. */
export class CountingDevice {
  readonly deviceId: string;
  /** Times (epoch milliseconds) of the readings that were acknowledged; reading n has the value n. */
  readonly acknowledged = new Map<number, number>();
  /** How often the connection was lost. */
  disconnects = 0;
  private readonly client: MqttClient;
  private readonly firstMs: number;
  private running = true;
  private next = 0;
  private pump: Promise<void> | undefined;

  private constructor(deviceId: string, client: MqttClient, firstMs: number) {
    this.deviceId = deviceId;
    this.client = client;
    this.firstMs = firstMs;
    client.on('close', () => {
      if (this.running) this.disconnects++;
    });
    client.on('error', () => undefined);
  }

  static async connect(options: { port: number; deviceId: string; key: string; firstMs: number }): Promise<CountingDevice> {
    const client = await mqtt.connectAsync(`mqtt://127.0.0.1:${String(options.port)}`, {
      username: options.deviceId,
      password: options.key,
      clientId: 'counting',
      clean: false,
      reconnectPeriod: 100,
      reconnectOnConnackError: true,
      connectTimeout: 2_000,
    });
    return new CountingDevice(options.deviceId, client, options.firstMs);
  }

  /** Publishes with `window` messages under way until `stop`. Unacknowledged ones are sent again by the client, as MQTT wants it. */
  start(window: number): void {
    this.pump = Promise.all(Array.from({ length: window }, () => this.publishOn())).then(() => undefined);
  }

  /** Ends publishing and waits until what is under way is acknowledged. */
  async stop(): Promise<void> {
    this.running = false;
    await this.pump;
    await this.client.endAsync(true);
  }

  private async publishOn(): Promise<void> {
    while (this.running) {
      const value = this.next++;
      const timestamp = this.firstMs + value;
      await this.publish(JSON.stringify({ timestamp, data: { n: value }, metadata: { sequence: value } }));
      this.acknowledged.set(timestamp, value);
    }
  }
  /** Until it is acknowledged: the client gives a message up when the connection is lost again while it sends what was unacknowledged before. */
  private async publish(message: string): Promise<void> {
    for (;;) {
      try {
        await this.client.publishAsync(`insa/devices/${this.deviceId}/telemetry`, message, { qos: 1 });
        return;
      } catch (error) {
        if (!(error instanceof Error && error.message === 'Connection closed')) throw error;
        await delay(50);
      }
    }
  }
}
