import { defineNode } from '../shared/define-node.ts';
import type { PlatformRED } from '../shared/platform.ts';
import { ingestConfig } from './ingest.config.ts';
import { IngestNode } from './ingest-node.ts';

/** Registers `iiot-ingest`, which stores telemetry durably, acknowledges it, and lets the stored message go on. */
export default function register(RED: PlatformRED): void {
  defineNode(RED, { config: ingestConfig, start: (context) => new IngestNode(context) });
}
