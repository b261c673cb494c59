import { COLOURS, registerNode } from '../shared/editor/register.ts';
import { ingestConfig } from './ingest.config.ts';

registerNode(ingestConfig, { texts: 'ingest', colour: COLOURS.store, inputs: 1, outputs: ['stored', 'rejected'] });
