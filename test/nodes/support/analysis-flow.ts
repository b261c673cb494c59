import assert from 'node:assert/strict';
import type { FlowPlatform } from './flow-platform.ts';
import { startFlowPlatform } from './flow-platform.ts';
import { node, RunningFlow } from './runtime.ts';
import { until } from './until.ts';
import type { FlowMessage } from '../../../nodes/shared/platform.ts';

const MINUTE_MS = 60_000;

/** What a test of an analysis node may say of its fields: everything that the form has no value for is its default. */
type Fields = Record<string, string | number>;

/** A platform with an hour of readings four hours ago, one a minute, of two devices: `temperature` rises by one a minute, `pressure` by two, and `mode` is a text. */
export class AnalysisPlant {
  readonly platform: FlowPlatform;
  flow = new RunningFlow();
  private readonly startMs: number;
  private running = false;

  private constructor(platform: FlowPlatform) {
    this.platform = platform;
    this.startMs = Math.floor(platform.services.clock.nowMs() / MINUTE_MS - 240) * MINUTE_MS;
  }

  static async start(): Promise<AnalysisPlant> {
    const plant = new AnalysisPlant(await startFlowPlatform());
    for (const id of ['pump-01', 'pump-02']) await plant.platform.createDevice(id);
    await plant.flow.start(plant.platform, plant.nodes('iiot-discard', {}));
    for (let minute = 0; minute < 60; minute += 1) {
      for (const id of ['pump-01', 'pump-02'])
        await plant.submit(id, minute, { temperature: minute, pressure: 2 * minute + (minute % 3), mode: 'auto' });
    }
    await plant.flow.stop();
    return plant;
  }

  /** The instant of a minute of the hour. */
  iso = (minute: number): string => new Date(this.startMs + minute * MINUTE_MS).toISOString();

  /** A message of a device, stored by the flow. */
  async submit(deviceId: string, minute: number, data: object): Promise<void> {
    const { kind } = await this.platform.submit(deviceId, { timestamp: this.iso(minute), data });
    assert.equal(kind, 'stored');
  }

  /** Starts the analysis behind an ingest node. */
  async run(type: string, fields: Fields): Promise<void> {
    this.flow = new RunningFlow();
    await this.flow.start(this.platform, this.nodes(type, fields));
    this.running = true;
  }

  /** Ends the flow, if one runs. */
  async end(): Promise<void> {
    if (this.running) await this.flow.stop();
    this.running = false;
  }

  /** What the node answers to a message. */
  async answered(message: object): Promise<FlowMessage> {
    const before = this.flow.messages('answers').length;
    this.flow.send('analysis', message);
    return (await this.flow.arrived('answers', before + 1))[before] ?? assert.fail('no answer');
  }

  /** What the node says of a message that it cannot answer. */
  async refused(message: object, told: RegExp): Promise<void> {
    const before = this.flow.errorsOf('analysis').length;
    this.flow.send('analysis', message);
    await until(() => this.flow.errorsOf('analysis').length > before, `an error of ${JSON.stringify(message)}`);
    assert.match(String((this.flow.errorsOf('analysis')[before] as Error).message), told);
  }

  private nodes(type: string, fields: Fields): object[] {
    return [
      node('mqtt', 'iiot-mqtt-broker', [['in']]),
      node('in', 'iiot-ingest', [['analysis'], []], { trustTopicDevice: false }),
      node('analysis', type, [['answers']], { period: '24h', ...fields }),
      node('answers', 'helper', []),
    ];
  }
}
