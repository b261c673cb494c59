import type { Topics } from '../../contracts/topics.ts';
import { AppError } from '../../core/errors.ts';
import type { Logger } from '../../core/logger.ts';
import { TENANT_ID } from '../identity.ts';
import type { Identity } from '../identity.ts';
import { DemoPlant } from './demo-plant.ts';
import type { DemoPlantOptions } from './demo-plant.ts';

/** Of which parts of the platform the demo plant is made. */
export interface CreateDemoPlantOptions {
  identity: Identity;
  flowsDir: string;
  topics: Topics;
  logger: Logger;
  editFlows: DemoPlantOptions['editFlows'];
}

/** The demo plant over the real registry of devices and keys. */
export function createDemoPlant({ identity, flowsDir, topics, logger, editFlows }: CreateDemoPlantOptions): DemoPlant {
  const { devices, credentials } = identity;
  return new DemoPlant({
    flowsDir,
    topicRoot: topics.root,
    logger,
    editFlows,
    registry: {
      ensureDevice: async (machine) => {
        try {
          await devices.create(TENANT_ID, machine, 'demo');
        } catch (error) {
          // Left by a first start that did not finish: the same device, which gets a new key.
          if (!(error instanceof AppError && error.code === 'CONFLICT')) throw error;
          if ((await devices.get(TENANT_ID, machine.device_id)).origin !== 'demo') throw error;
        }
      },
      issueKey: async (deviceId) =>
        (await credentials.issue({ tenantId: TENANT_ID, kind: 'device', deviceId, name: 'Demo plant', origin: 'demo' })).key,
      deviceIds: () => devices.idsOfOrigin(TENANT_ID, 'demo'),
      removeDevice: (deviceId) => devices.remove(TENANT_ID, deviceId),
    },
  });
}
