import { COLOURS, registerNode } from '../shared/editor/register.ts';
import { mqttBrokerConfig } from './mqtt-broker.config.ts';

registerNode(mqttBrokerConfig, { texts: 'mqtt-broker', colour: COLOURS.source, inputs: 0, outputs: ['output'] });
