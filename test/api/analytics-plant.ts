import assert from 'node:assert/strict';
import type { z } from 'zod';
import { correlationSchema, forecastSchema, statisticsSchema, timeSeriesSchema, trendSchema } from '../../src/contracts/analytics.ts';
import { REFERENCE } from '../analytics/reference/figures.ts';
import { Client, startApi } from './support.ts';
import type { Answer, ApiFixture } from './support.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** The sea of 61 years as a reading a minute. */
const { sea } = REFERENCE;

type Query = Record<string, string>;

/** Devices with real measurements, and questions about them whose answers are read by the schemas that are documented. */
export class AnalyticsPlant {
  readonly fixture: ApiFixture;
  readonly admin: Client;
  private readonly startMs: number;

  private constructor(fixture: ApiFixture, admin: Client) {
    this.fixture = fixture;
    this.admin = admin;
    // At a full hour, so that buckets of 12 minutes are whole.
    this.startMs = Math.floor(fixture.clock.nowMs() / HOUR_MS - 15) * HOUR_MS;
  }

  static async start(options: Parameters<typeof startApi>[0] = {}): Promise<AnalyticsPlant> {
    const fixture = await startApi(options);
    const plant = new AnalyticsPlant(fixture, await Client.login(fixture, 'admin'));
    for (const device_id of ['buoy', 'other', 'silent']) await plant.admin.post('/devices', { device_id });
    await plant.send(
      sea.map((value, minute) =>
        plant.reading('buoy', minute, { sea: { value, unit: 'C' }, constant: 7, mode: 'auto', open: minute % 2 === 0 }),
      ),
    );
    // Three minutes later and a little beside the minute.
    await plant.send(sea.slice(0, -3).map((value, minute) => plant.reading('other', minute + 3, { sea: value }, 1_500)));
    await plant.send([
      plant.reading('other', 0, { once: 5 }),
      plant.reading('other', 0, { zero: 1 }),
      plant.reading('other', 1, { zero: -1 }),
    ]);
    return plant;
  }

  /** Room for the readings of a day so many days before or after today. */
  async openDay(day: number): Promise<void> {
    const today = Math.floor(this.fixture.clock.nowMs() / DAY_MS);
    const [from, to] = [day, day + 1].map((one) => new Date((today + one) * DAY_MS).toISOString());
    for (const table of ['telemetry', 'telemetry_text', 'telemetry_1m'])
      await this.fixture.sql(
        `create table ${table}_${String(today + day)} partition of ${table} for values from ('${from ?? ''}') to ('${to ?? ''}')`,
      );
  }

  iso = (minutes: number): string => new Date(this.startMs + minutes * MINUTE_MS).toISOString();

  reading = (device_id: string, minute: number, data: object, besideMs = 0): object => ({
    ...{ device_id, data },
    timestamp: new Date(this.startMs + minute * MINUTE_MS + besideMs).toISOString(),
  });

  async send(messages: object[]): Promise<void> {
    for (let from = 0; from < messages.length; from += 100) {
      const answer = await this.admin.post('/telemetry?mode=history', messages.slice(from, from + 100));
      assert.equal(answer.status < 300, true, answer.text);
    }
  }

  /** A question about the whole of the sea unless another period is given. */
  ask = (path: string, query: Query = {}, client = this.admin): Promise<Answer> =>
    client.get(`/analytics/${path}?${new URLSearchParams({ start: this.iso(0), end: this.iso(sea.length), ...query }).toString()}`);

  statistics = (of: string, query?: Query) => this.answered(statisticsSchema, `statistics/${of}`, query);
  trend = (of: string, query?: Query) => this.answered(trendSchema, `trends/${of}`, query);
  timeSeries = (of: string, query?: Query) => this.answered(timeSeriesSchema, `timeseries/${of}`, query);
  forecast = (of: string, query?: Query) => this.answered(forecastSchema, `forecast/${of}`, query);
  correlation = (of: string, query: Query) => this.answered(correlationSchema, `correlation/${of}`, query);

  async refused(path: string, query: Query, told: RegExp, status = 400): Promise<void> {
    const answer = await this.ask(path, query);
    assert.equal(answer.status, status, answer.text);
    assert.match(answer.text, told);
  }

  private async answered<Schema extends z.ZodType>(schema: Schema, path: string, query: Query = {}): Promise<z.infer<Schema>> {
    const answer = await this.ask(path, query);
    assert.equal(answer.status, 200, answer.text);
    return schema.parse(JSON.parse(answer.text));
  }
}
