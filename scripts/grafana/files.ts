import { join } from 'node:path';
import { format, resolveConfig } from 'prettier';
import { ALERTS_AND_RULES } from './alerts-and-rules.ts';
import { DEVICE_OVERVIEW } from './device-overview.ts';
import { dashboardJson } from './model.ts';
import { PLATFORM_HEALTH } from './platform-health.ts';
import { TELEMETRY } from './telemetry.ts';

/** Every dashboard of `dashboards/grafana/dashboards`, by the name of its file. */
const DASHBOARDS = {
  'device-overview': DEVICE_OVERVIEW,
  telemetry: TELEMETRY,
  'alerts-and-rules': ALERTS_AND_RULES,
  'platform-health': PLATFORM_HEALTH,
};

/** The files that Grafana reads, as they are kept: paths from the root of the project, and their texts. */
export async function dashboardFiles(root: string): Promise<{ path: string; text: string }[]> {
  return Promise.all(
    Object.entries(DASHBOARDS).map(async ([name, spec]) => {
      const path = `dashboards/grafana/dashboards/${name}.json`;
      const filepath = join(root, path);
      return { path, text: await format(JSON.stringify(dashboardJson(spec)), { ...(await resolveConfig(filepath)), filepath }) };
    }),
  );
}
