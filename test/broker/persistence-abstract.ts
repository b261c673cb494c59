// Run by persistence.test.ts in a process of its own: the published tests of aedes-persistence speak node:test, not mocha.
import { createRequire } from 'node:module';
import { test } from 'node:test';
import { MqttPersistence } from '../../src/broker/persistence.ts';
import { silentLogger } from '../../src/core/logger.ts';
import { ForgetfulStore } from './memory-store.ts';

type AbstractTests = (options: { test: typeof test; persistence: () => unknown; testAsync: boolean }) => void;
const require = createRequire(import.meta.url);
const abstractTests = require('aedes-persistence/abstract.js') as AbstractTests;

abstractTests({ test, persistence: () => new MqttPersistence({ store: new ForgetfulStore(), logger: silentLogger }), testAsync: true });
