import type { Answers } from '../contracts/cache.ts';
import type { Analytics } from '../analytics/analytics-service.ts';
import type { AuditLog, AuditReader } from '../auth/audit.ts';
import type { CredentialService } from '../auth/credential-service.ts';
import type { LoginService } from '../auth/login-service.ts';
import type { RoleService } from '../auth/role-service.ts';
import type { LimiterFactory } from '../auth/limiters.ts';
import type { SessionService } from '../auth/session-service.ts';
import type { UserService } from '../auth/user-service.ts';
import type { Connection } from '../contracts/connection.ts';
import type { Clock } from '../core/clock.ts';
import type { NewId } from '../core/ids.ts';
import type { Logger } from '../core/logger.ts';
import type { CommandService } from '../devices/command-service.ts';
import type { ConfigService } from '../devices/config-service.ts';
import type { DeviceImporter } from '../devices/device-importer.ts';
import type { DashboardService } from '../dashboards/dashboard-service.ts';
import type { DeviceService } from '../devices/device-service.ts';
import type { SeriesService } from '../devices/series-service.ts';
import type { FlowDeployments } from '../flows/flow-deployments.ts';
import type { OpenEndpoints } from '../flows/open-endpoints.ts';
import type { AlertExplainer } from '../rulebook/alert-explainer.ts';
import type { AlertRecords } from '../rulebook/alert-records.ts';
import type { RuleBook } from '../rulebook/rule-book.ts';
import type { RuleTester } from '../rulebook/rule-tester.ts';
import type { RuleTransfer } from '../rulebook/rule-transfer.ts';
import type { EndpointService } from '../notify/webhooks/endpoint-service.ts';
import type { WebhookTester } from '../notify/webhooks/webhook-tester.ts';
import type { SourceIntake } from '../sources/types.ts';
import type { RequestTally } from './middleware/request-tally.ts';
import type { RequestLimits } from './middleware/request-limits.ts';
import type { EmailTests } from './routes/notifications/test-email.ts';
import type {
  Accounts,
  AlertActions,
  Backtests,
  DemoPlant,
  HealthReport,
  Heard,
  LatestReadings,
  RejectedMessages,
  TelemetryQueries,
} from './ports.ts';
import type { MetricsReport, Notifications, SystemStatusReport } from './ports.ts';

/** Everything the API needs, constructed and started elsewhere. */
export interface ApiDeps {
  clock: Clock;
  newId: NewId;
  logger: Logger;
  /** Of the program, for the documents. */
  version: string;
  /** In whose log stands what nobody known did. */
  tenantId: string;
  /** True when the server speaks HTTPS itself: then cookies are `Secure` and browsers are told to insist. */
  tls: boolean;
  /** `TRUST_PROXY`: how many proxies, or which addresses, are believed about the client's address. */
  trustProxy: string | undefined;
  /** Folder of the built operator app; undefined or absent: `/` says that it has to be built. */
  operatorDir: string | undefined;
  sessions: SessionService;
  logins: LoginService;
  users: UserService;
  roles: RoleService;
  credentials: CredentialService;
  audit: AuditLog;
  auditReader: AuditReader;
  /** Counts requests. */
  limiters: LimiterFactory;
  /** How many; those of REQUIREMENTS unless given. */
  requestLimits?: RequestLimits;
  devices: DeviceService;
  heard: Heard;
  configs: ConfigService;
  commands: CommandService;
  series: SeriesService;
  deviceImporter: DeviceImporter;
  intake: SourceIntake;
  /** Stores past telemetry without a flow: nobody judges it. */
  history: SourceIntake;
  telemetry: TelemetryQueries;
  latestReadings: LatestReadings;
  analytics: Analytics;
  /** Answers that many ask for. */
  cache: Answers;
  accounts: Accounts;
  rejected: RejectedMessages;
  alerts: AlertActions;
  notifications: Notifications;
  backtests: Backtests;
  dashboards: DashboardService;
  emailTests: EmailTests;
  alertRecords: AlertRecords;
  alertExplainer: AlertExplainer;
  rules: RuleBook;
  ruleTransfer: RuleTransfer;
  ruleTester: RuleTester;
  flows: FlowDeployments;
  openEndpoints: OpenEndpoints;
  webhooks: EndpointService;
  webhookTester: WebhookTester;
  health: HealthReport;
  systemStatus: SystemStatusReport;
  metrics: MetricsReport;
  /** Counts requests by route; nobody does unless it is given. */
  requests?: RequestTally | undefined;
  demo: DemoPlant;
  connection: Connection;
  /** True for errors of the database that go away by themselves (`isPassing` of the storage). */
  isPassing(error: unknown): boolean;
}
