import type { Topics } from '../../contracts/topics.ts';
import type { Clock } from '../../core/clock.ts';
import { AppError } from '../../core/errors.ts';
import type { Logger } from '../../core/logger.ts';
import { DashboardService } from '../../dashboards/dashboard-service.ts';
import type { DashboardAuthor } from '../../dashboards/dashboard-service.ts';
import type { Database } from '../../storage/database.ts';
import type { IngestService } from '../../telemetry/types.ts';
import { TENANT_ID } from '../identity.ts';
import type { Identity } from '../identity.ts';
import { DEMO_ANALYSIS_DASHBOARD, DEMO_ANALYSIS_DASHBOARD_ID } from './demo-analysis-dashboard.ts';
import { DEMO_DASHBOARD, DEMO_DASHBOARD_ID } from './demo-dashboard.ts';
import { DemoHistory, historyLabel } from './demo-history.ts';
import { DemoPlant } from './demo-plant.ts';
import type { DemoPlantOptions, DemoRegistry } from './demo-plant.ts';

/** Of which parts of the platform the demo plant is made. */
export interface CreateDemoPlantOptions {
  db: Database;
  identity: Identity;
  flowsDir: string;
  topics: Topics;
  clock: Clock;
  logger: Logger;
  /** Stores past telemetry that nobody judges. */
  history: Pick<IngestService, 'ingest'>;
  editFlows: DemoPlantOptions['editFlows'];
}

/** The demo plant over the real registry of devices and keys. */
export function createDemoPlant(options: CreateDemoPlantOptions): DemoPlant {
  const { identity, flowsDir, topics, clock, logger, editFlows } = options;
  const { devices, credentials } = identity;
  const dashboards = createDashboards(options);
  return new DemoPlant({
    flowsDir,
    topicRoot: topics.root,
    logger,
    history: createHistory(options),
    editFlows,
    registry: {
      ensureDevice: async (machine) => {
        try {
          await devices.create(TENANT_ID, { ...machine, metadata: { ...machine.metadata, ...historyLabel(clock.nowMs()) } }, 'demo');
        } catch (error) {
          // Left by a first start that did not finish: the same device, which gets a new key.
          if (!(error instanceof AppError && error.code === 'CONFLICT')) throw error;
          if ((await devices.get(TENANT_ID, machine.device_id)).origin !== 'demo') throw error;
        }
      },
      issueKey: async (deviceId) =>
        (await credentials.issue({ tenantId: TENANT_ID, kind: 'device', deviceId, name: 'Demo plant', origin: 'demo' })).key,
      deviceIds: () => devices.idsOfOrigin(TENANT_ID, 'demo'),
      removeDevice: async (deviceId) => {
        await devices.remove(TENANT_ID, deviceId);
      },
      ...dashboards,
    },
  });
}

/** The finished dashboards, each under an id of its own: by it the removal finds it, whatever people have made of it. */
function createDashboards({ db, clock, identity }: CreateDemoPlantOptions): Pick<DemoRegistry, 'ensureDashboards' | 'removeDashboards'> {
  const author: DashboardAuthor = { tenantId: TENANT_ID, userId: undefined, isAdministrator: true, actor: 'platform', address: '' };
  const all = [
    { id: DEMO_DASHBOARD_ID, content: DEMO_DASHBOARD },
    { id: DEMO_ANALYSIS_DASHBOARD_ID, content: DEMO_ANALYSIS_DASHBOARD },
  ].map(({ id, content }) => ({ id, content, dashboards: new DashboardService({ db, clock, audit: identity.audit, newId: () => id }) }));
  const isThere = async ({ id, dashboards }: (typeof all)[number]): Promise<boolean> => {
    try {
      await dashboards.get(author, id);
      return true;
    } catch (error) {
      if (error instanceof AppError && error.code === 'NOT_FOUND') return false;
      throw error;
    }
  };
  return {
    ensureDashboards: async () => {
      for (const one of all) if (!(await isThere(one))) await one.dashboards.create(author, one.content);
    },
    removeDashboards: async () => {
      for (const one of all) if (await isThere(one)) await one.dashboards.remove(author, one.id);
    },
  };
}

function createHistory({ identity, history, logger }: CreateDemoPlantOptions): DemoHistory {
  const { devices, directory } = identity;
  return new DemoHistory(
    {
      machines: async () => {
        const deviceIds = await devices.idsOfOrigin(TENANT_ID, 'demo');
        return Promise.all(deviceIds.map(async (deviceId) => ({ deviceId, metadata: (await devices.get(TENANT_ID, deviceId)).metadata })));
      },
      exists: (deviceId) => directory.lookup(deviceId) !== undefined,
      setMetadata: async (deviceId, metadata) => {
        await devices.patch(TENANT_ID, deviceId, { metadata });
      },
      store: (deviceId, messages) => {
        const trusted = { tenantId: TENANT_ID, deviceId, key: undefined, topic: null };
        return new Promise((resolve) => history.ingest({ payload: messages, source: undefined, trusted }, resolve));
      },
    },
    logger,
  );
}
