import type { Config } from '../config/config.ts';
import type { Connection } from '../contracts/connection.ts';
import type { WatchedDevices } from '../devices/watched-devices.ts';
import type { RealtimeAuthenticator } from '../realtime/types.ts';
import type { IngestDevices } from '../telemetry/ingest-service.ts';
import type { Identity } from './identity.ts';

/** Where devices connect, for people. */
export function connectionOf({ mqtt, tls }: Config): Connection {
  return {
    mqtt_port: mqtt.port === 0 ? null : mqtt.port,
    mqtt_tls_port: mqtt.tlsPort === 0 || tls === undefined ? null : mqtt.tlsPort,
    mqtt_websocket_path: '/mqtt',
    topic_root: mqtt.topicRoot,
  };
}

/** Where flows of this machine reach the broker. */
export function loopbackOf(host: string): string {
  if (host === '0.0.0.0') return '127.0.0.1';
  return host === '::' ? '::1' : host;
}

/** Who a Socket.IO connection speaks for: people by their token, programs by their key. */
export function realtimeAuthenticator({ sessions, credentials }: Identity): RealtimeAuthenticator {
  return {
    byToken: async (token) => {
      const session = await sessions.sessionOfToken(token);
      return session === undefined ? undefined : { principal: session.principal, expiresAtMs: session.expiresAtMs };
    },
    byApiKey: async (key) => {
      const principal = await credentials.principalOfKey(key);
      return principal === undefined ? undefined : { principal, expiresAtMs: principal.expiresAtMs ?? null };
    },
  };
}

/** What ingest asks of devices, and tells of them. */
export function ingestDevices({ directory, devices, presence, watched }: Identity): IngestDevices & Pick<WatchedDevices, 'heard'> {
  return {
    lookup: (deviceId: string) => directory.lookup(deviceId),
    registerFromGateway: (tenantId: string, deviceId: string) => devices.registerFromGateway(tenantId, deviceId),
    seen: (deviceId: string, atMs: number) => {
      presence.seen(deviceId, atMs);
      watched.seen(deviceId, atMs);
    },
    heard: (message) => watched.heard(message),
  };
}
