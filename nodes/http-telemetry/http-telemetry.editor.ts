import { COLOURS, registerNode } from '../shared/editor/register.ts';
import { httpTelemetryConfig } from './http-telemetry.config.ts';

registerNode(httpTelemetryConfig, { texts: 'http-telemetry', colour: COLOURS.source, inputs: 0, outputs: ['output'] });
