import { isDeepStrictEqual } from 'node:util';
import type { DeviceConfig } from '../contracts/commands.ts';
import type { Topics } from '../contracts/topics.ts';
import type { Clock } from '../core/clock.ts';
import { messageOf } from '../core/errors.ts';
import type { Logger } from '../core/logger.ts';
import type { Database } from '../storage/database.ts';
import { configsAfter, findConfig, writeConfig } from '../storage/repositories/device-configs.ts';
import { findDevice } from '../storage/repositories/devices.ts';
import type { DeviceLookup } from './device-directory.ts';
import type { DeviceLink } from './device-link.ts';
import { noDevice } from './device-service.ts';

/** Configurations that are read at once when the platform starts. */
const PAGE = 200;

/** What the service of configurations uses. */
export interface ConfigServiceDeps {
  database: Database;
  devices: DeviceLookup;
  link: DeviceLink;
  topics: Topics;
  clock: Clock;
  logger: Logger;
}

/** A push: the configuration from now on, the one it replaces, and whether the broker has it. */
export interface PushedConfig {
  before: Record<string, unknown>;
  config: DeviceConfig;
  published: boolean;
}

/**
 * The configuration of each device: a row, and the same as retained message on its config topic. The row is committed first; `start()` publishes
 * what the broker does not have (it writes its own state a moment later, so a killed process may have lost that).
 */
export class ConfigService {
  private readonly deps: ConfigServiceDeps;
  /** The last push of each device that is under way: the order of versions is the order of messages. */
  private readonly running = new Map<string, Promise<unknown>>();

  constructor(deps: ConfigServiceDeps) {
    this.deps = deps;
  }

  /** Publishes every configuration that the broker does not have as it is stored. The broker must run, and nobody be connected yet. */
  async start(): Promise<void> {
    const { database, link, topics, logger } = this.deps;
    let published = 0;
    let after = '';
    for (;;) {
      const page = await configsAfter(database.system, after, PAGE);
      for (const { tenantId, deviceId, config } of page) {
        if (isDeepStrictEqual(parsed(link.retainedOn(topics.config(deviceId))), config)) continue;
        await this.publish(tenantId, deviceId, config);
        published += 1;
      }
      const last = page.at(-1);
      if (last === undefined || page.length < PAGE) break;
      after = last.deviceId;
    }
    if (published > 0) logger.info({ part: 'devices', published }, 'Configurations were published that the broker did not have');
  }

  /** Waits for what is under way. */
  async stop(): Promise<void> {
    await Promise.all(this.running.values());
  }

  /** The configuration of a device; version 0 when none was pushed. Fails with NOT_FOUND when there is no such device. */
  async get(tenantId: string, deviceId: string): Promise<DeviceConfig> {
    return this.deps.database.asTenant(tenantId, async (tx) => {
      if ((await findDevice(tx, tenantId, deviceId)) === undefined) throw noDevice(deviceId);
      return (await findConfig(tx, tenantId, deviceId)) ?? none(deviceId);
    });
  }

  /**
   * Replaces the configuration of a device and publishes it, retained. Fails with NOT_FOUND. When the database does not take it, nothing is
   * published.
   */
  push(target: { tenantId: string; deviceId: string }, config: Record<string, unknown>, updatedBy: string): Promise<PushedConfig> {
    const { deviceId } = target;
    const push = (this.running.get(deviceId) ?? Promise.resolve()).then(() => this.pushNow(target, config, updatedBy));
    const settled = push.then(
      () => undefined,
      () => undefined, // The caller has the error.
    );
    this.running.set(deviceId, settled);
    void settled.then(() => {
      if (this.running.get(deviceId) === settled) this.running.delete(deviceId);
    });
    return push;
  }

  private async pushNow(
    { tenantId, deviceId }: { tenantId: string; deviceId: string },
    config: Record<string, unknown>,
    updatedBy: string,
  ): Promise<PushedConfig> {
    const { database, clock, logger } = this.deps;
    const written = { json: JSON.stringify(config), updatedBy, atMs: clock.nowMs() };
    const { before, after } = await database.asTenant(tenantId, async (tx) => ({
      before: await findConfig(tx, tenantId, deviceId),
      after: await writeConfig(tx, { tenantId, deviceId }, written),
    }));
    if (after === undefined) throw noDevice(deviceId);
    let published = true;
    try {
      await this.publish(tenantId, deviceId, config);
    } catch (error) {
      published = false;
      logger.warn({ part: 'devices', device: deviceId, reason: messageOf(error) }, 'A configuration is stored and was not published');
    }
    return { before: before?.config ?? {}, config: after, published };
  }

  private async publish(tenantId: string, deviceId: string, config: Record<string, unknown>): Promise<void> {
    // Removed a moment ago: its topic is cleared, and stays so.
    if (this.deps.devices.lookup(deviceId)?.tenantId !== tenantId) return;
    const topic = this.deps.topics.config(deviceId);
    await this.deps.link.publish({ tenantId, topic, payload: JSON.stringify(config), qos: 1, retain: true });
  }
}

function none(deviceId: string): DeviceConfig {
  return { device_id: deviceId, version: 0, config: {}, updated_by: null, updated_at: null };
}

function parsed(retained: Buffer | undefined): unknown {
  if (retained === undefined) return undefined;
  try {
    return JSON.parse(retained.toString('utf8'));
  } catch {
    return undefined; // Nothing of ours: it is replaced.
  }
}
