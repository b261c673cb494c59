import assert from 'node:assert/strict';
import { addressesOf } from './addresses.ts';

describe('the addresses for devices', () => {
  const connection = { mqtt_port: 1883, mqtt_tls_port: 8883, mqtt_websocket_path: '/mqtt', topic_root: 'plant' };

  it('are those of the server that the page came from', () => {
    assert.deepEqual(addressesOf(connection, { protocol: 'http:', host: 'line.example:1880', hostname: 'line.example' }), {
      mqtt: 'mqtt://line.example:1883',
      mqttTls: 'mqtts://line.example:8883',
      webSocket: 'ws://line.example:1880/mqtt',
      http: 'http://line.example:1880/api/v1/telemetry',
      topic: 'plant/devices/…/telemetry',
    });
  });

  it('leave out what is switched off, and are secure where the page is', () => {
    const off = { ...connection, mqtt_port: null, mqtt_tls_port: null };
    const { mqtt, mqttTls, webSocket } = addressesOf(off, { protocol: 'https:', host: 'line.example', hostname: 'line.example' });
    assert.deepEqual([mqtt, mqttTls, webSocket], [undefined, undefined, 'wss://line.example/mqtt']);
  });
});
