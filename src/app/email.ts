import path from 'node:path';
import type { Config } from '../config/config.ts';
import type { Clock } from '../core/clock.ts';
import { newUuid } from '../core/ids.ts';
import type { Logger } from '../core/logger.ts';
import type { SignalAround, SignalPoint } from '../notify/channels/email/chart.ts';
import { EmailChannel } from '../notify/channels/email/email-channel.ts';
import type { EmailChannelOptions } from '../notify/channels/email/email-channel.ts';
import { EmailTester } from '../notify/channels/email/email-tester.ts';
import type { ReportPeriod, ReportSource } from '../notify/channels/email/report-email.ts';
import { platformZone } from '../notify/channels/email/times.ts';
import { ReportClock } from '../notify/reports.ts';
import type { Outbox } from '../notify/types.ts';
import type { Database } from '../storage/database.ts';
import { alertStats } from '../storage/repositories/alert-stats.ts';
import { listAlerts } from '../storage/repositories/alerts.ts';
import { pastReadings, seriesNamed } from '../storage/repositories/past-readings.ts';
import { countDevicesByStatus, longestOffline, ruleFigures } from '../storage/repositories/report-figures.ts';
import { TENANT_ID } from './identity.ts';

/** What e-mail takes of the platform. */
export interface EmailOptions {
  config: Pick<Config, 'mail' | 'publicUrl' | 'dataDir'>;
  db: Database;
  clock: Clock;
  logger: Logger;
}

/** Readings of one picture, and how many are read at a time. A signal with more has no picture. */
const POINTS = 200_000;
const POINTS_AT_ONCE = 50_000;
/** Alerts in the file of a report; what is beyond is in the platform. */
const ALERTS_IN_FILE = 10_000;
const OFFLINE_DEVICES = 15;

/** The channel of e-mail over the running platform. */
export function createEmailChannel(options: EmailOptions): EmailChannel {
  return new EmailChannel(channelOptions(options));
}

/** Tests of e-mail by hand, past the queue. */
export function createEmailTester(options: EmailOptions): EmailTester {
  return new EmailTester({ ...channelOptions(options), clock: options.clock, newId: newUuid });
}

/** What queues the reports of MAIL_REPORT_TO; `start()` and `stop()` it with the platform. */
export function createReportClock({ config, clock, logger, outbox }: Omit<EmailOptions, 'db'> & { outbox: Outbox }): ReportClock {
  const recipients = config.mail.reportTo;
  return new ReportClock({ outbox, clock, logger, recipients, timezone: platformZone(), tenantId: TENANT_ID });
}

function channelOptions({ config, db, logger }: EmailOptions): EmailChannelOptions {
  return {
    mail: config.mail,
    publicUrl: config.publicUrl,
    timezone: platformZone(),
    templateFolder: path.join(config.dataDir, 'templates', 'email'),
    reports: reportSource(db),
    signalAround: signalOf(db),
    logger,
  };
}

/** Readings from the store, the oldest first; none when there are too many for a picture. */
function signalOf(db: Database): SignalAround {
  return async ({ tenantId, deviceId, key, fromMs, toMs }) => {
    const [series] = await seriesNamed(db.system, tenantId, [{ deviceId, key }]);
    if (series === undefined || series.kind === 'text') return [];
    const points: SignalPoint[] = [];
    for (let fromUs = fromMs * 1_000; points.length <= POINTS;) {
      const query = { seriesId: series.seriesId, fromUs, toUs: toMs * 1_000, limit: POINTS_AT_ONCE, qualities: false };
      const { count, timesUs, values } = await pastReadings(db.system, query);
      for (let i = 0; i < count; i += 1) points.push([(timesUs[i] ?? 0) / 1_000, values[i] ?? 0]);
      if (count < POINTS_AT_ONCE) return points;
      fromUs = (timesUs[count - 1] ?? 0) + 1;
    }
    return [];
  };
}

function reportSource(db: Database): ReportSource {
  return {
    daily: async ({ tenantId, startMs, endMs }: ReportPeriod) =>
      db.transaction(async (tx) => {
        const stats = await alertStats(tx, { tenantId, startMs, endMs, bucket: 'day' });
        const alerts = await listAlerts(tx, { tenantId, startMs, endMs, limit: ALERTS_IN_FILE });
        return {
          devices: await countDevicesByStatus(tx, tenantId),
          offline: await longestOffline(tx, tenantId, OFFLINE_DEVICES),
          raised: { total: stats.raised.total, ...stats.raised.by_severity },
          open: { total: stats.open.total, ...stats.open.by_severity },
          meanAcknowledgeSeconds: stats.time_to_acknowledge_seconds.mean,
          meanResolveSeconds: stats.time_to_resolve_seconds.mean,
          rules: stats.top_rules.by_raised.map(({ rule_name, raised, open }) => ({ rule_name, raised, open })),
          topDevices: stats.top_devices.by_raised,
          alerts: alerts.map(({ alert }) => alert),
        };
      }),
    rules: (period) => ruleFigures(db.system, period),
  };
}
