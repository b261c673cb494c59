import { defineNode } from '../shared/define-node.ts';
import { OutletNode } from '../shared/outlet.ts';
import type { PlatformRED } from '../shared/platform.ts';
import { mqttBrokerConfig } from './mqtt-broker.config.ts';

/** Registers `iiot-mqtt-broker`, through which messages of the platform's MQTT broker enter the flow. */
export default function register(RED: PlatformRED): void {
  defineNode(RED, {
    config: mqttBrokerConfig,
    start: (context) =>
      new OutletNode('mqtt', context, () => {
        const connected = context.services.broker.connectedDevices();
        return `${String(connected)} connected`;
      }),
  });
}
