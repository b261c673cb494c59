import { ensureAdministrator } from '../auth/administrator.ts';
import { AuditService } from '../auth/audit.ts';
import { RevocationWatch } from '../auth/revocation-watch.ts';
import { CredentialService } from '../auth/credential-service.ts';
import { createPeople } from './people.ts';
import type { People } from './people.ts';
import type { SessionService } from '../auth/session-service.ts';
import type { Config } from '../config/config.ts';
import type { PlatformEvents } from '../contracts/events.ts';
import type { Clock } from '../core/clock.ts';
import type { EventBus } from '../core/events.ts';
import { newUuid } from '../core/ids.ts';
import type { Logger } from '../core/logger.ts';
import { DeviceDirectory } from '../devices/device-directory.ts';
import { DeviceService } from '../devices/device-service.ts';
import { OfflineDevices } from '../devices/offline-devices.ts';
import { PresenceService } from '../devices/presence.ts';
import { TelemetryPurger } from '../devices/telemetry-purger.ts';
import { WatchedDevices } from '../devices/watched-devices.ts';
import type { Database } from '../storage/database.ts';
import type { Lifecycle } from './lifecycle.ts';
import { memoryCounters, RedisCounters } from './limits.ts';
import type { Counters } from './limits.ts';

/** The one tenant that exists so far. */
export const TENANT_ID = 'default';

export interface IdentityOptions {
  config: Config;
  db: Database;
  jwtSecret: string;
  events: EventBus<PlatformEvents>;
  clock: Clock;
  logger: Logger;
  lifecycle: Lifecycle;
}

/** The administrator to log in as; `password` only when it was generated just now. */
export interface Administrator {
  username: string;
  password?: string;
}

/** People, devices and keys: who may do what. */
export interface Identity {
  audit: AuditService;
  counters: Counters;
  sessions: SessionService;
  /** Logins, users and roles, as the API uses them. */
  people: People;
  credentials: CredentialService;
  directory: DeviceDirectory;
  devices: DeviceService;
  presence: PresenceService;
  /** Who is known to be offline now. */
  offline: OfflineDevices;
  /** When those were heard whose silence is told. */
  watched: WatchedDevices;
  /**
   * Makes sure that there is an administrator. To be called when everything else has started: a start that failed after a password was
   * generated would never show it, and nobody could log in.
   */
  firstAdministrator(): Promise<Administrator>;
  /** True once `firstAdministrator` has seen to it. */
  hasAdministrator(): boolean;
}

/** Starts everything that knows people, devices and keys. */
export async function startIdentity(options: IdentityOptions): Promise<Identity> {
  const { config, db, events, clock, logger, lifecycle } = options;
  const counters = await startCounters(options);
  const audit = new AuditService({ database: db, clock, logger });
  const { jwtSecret } = options;
  const people = createPeople({
    database: db,
    events,
    audit,
    clock,
    newId: newUuid,
    jwtSecret,
    limiters: counters.limiters,
    tenantId: TENANT_ID,
  });
  const { sessions } = people;
  await lifecycle.start('end of logins from elsewhere', new RevocationWatch({ database: db, sessions, clock, logger }));
  const directory = new DeviceDirectory();
  await directory.load(db);
  const purger = new TelemetryPurger({ database: db, logger });
  await lifecycle.start('purge of removed devices', purger);
  const devices = new DeviceService({ database: db, events, directory, newId: newUuid, purger });
  const offline = new OfflineDevices(events);
  await offline.load(db, clock.nowMs());
  const presence = new PresenceService({ database: db, devices: directory, events, clock, logger });
  await lifecycle.start('presence', presence);
  const register = (deviceId: string) => devices.register(TENANT_ID, deviceId, 'certificate');
  const certificateDevices = { lookup: (id: string) => directory.lookup(id), ...(config.mqtt.registerByCertificate ? { register } : {}) };
  const credentials = new CredentialService({ database: db, events, clock, logger, newId: newUuid, certificateDevices });
  await lifecycle.start('credentials', credentials);
  return {
    audit,
    counters,
    sessions,
    people,
    credentials,
    directory,
    devices,
    presence,
    offline,
    watched: new WatchedDevices(),
    ...administratorOf(options),
  };
}

function administratorOf({ config, db }: IdentityOptions): Pick<Identity, 'firstAdministrator' | 'hasAdministrator'> {
  let isThere = false;
  return {
    firstAdministrator: async () => {
      const administrator = await ensureAdministrator(db, { tenantId: TENANT_ID, ...config.admin, newId: newUuid });
      isThere = true;
      return administrator;
    },
    hasAdministrator: () => isThere,
  };
}

async function startCounters({ config, logger, lifecycle }: IdentityOptions): Promise<Counters> {
  if (config.redisUrl === undefined) return memoryCounters;
  const counters = new RedisCounters({ url: config.redisUrl, logger });
  await lifecycle.start('counters in Redis', counters);
  return counters;
}
