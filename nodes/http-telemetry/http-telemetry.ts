import { defineNode } from '../shared/define-node.ts';
import { OutletNode } from '../shared/outlet.ts';
import type { PlatformRED } from '../shared/platform.ts';
import { httpTelemetryConfig } from './http-telemetry.config.ts';

/** Registers `iiot-http-telemetry`, through which messages posted to /api/v1/telemetry enter the flow. */
export default function register(RED: PlatformRED): void {
  defineNode(RED, {
    config: httpTelemetryConfig,
    start: (context) => new OutletNode('http', context, (messagesPerSecond) => `${String(messagesPerSecond)} msg/s`),
  });
}
