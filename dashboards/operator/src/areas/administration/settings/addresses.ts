import type { Connection } from '../../../../../../src/contracts/connection.ts';

/** The addresses under which this page's own server takes devices; undefined where a way is switched off. */
export interface DeviceAddresses {
  mqtt: string | undefined;
  mqttTls: string | undefined;
  webSocket: string;
  http: string;
  /** Where a device publishes; `…` stands for its id. */
  topic: string;
}

/** The addresses for devices, seen from where the page was loaded. */
export function addressesOf(connection: Connection, page: Pick<Location, 'protocol' | 'host' | 'hostname'>): DeviceAddresses {
  const { mqtt_port: port, mqtt_tls_port: tlsPort, mqtt_websocket_path: path, topic_root: root } = connection;
  const isSecure = page.protocol === 'https:';
  return {
    mqtt: port === null ? undefined : `mqtt://${page.hostname}:${String(port)}`,
    mqttTls: tlsPort === null ? undefined : `mqtts://${page.hostname}:${String(tlsPort)}`,
    webSocket: `${isSecure ? 'wss' : 'ws'}://${page.host}${path}`,
    http: `${page.protocol}//${page.host}/api/v1/telemetry`,
    topic: `${root}/devices/…/telemetry`,
  };
}
