import { z } from 'zod';
import type { AuditLog } from '../../../auth/audit.ts';
import type { RejectedPoint, TelemetryResult } from '../../../contracts/telemetry.ts';
import { telemetryResultSchema } from '../../../contracts/telemetry.ts';
import type { Clock } from '../../../core/clock.ts';
import { AppError } from '../../../core/errors.ts';
import { actorOf } from '../../../core/principal.ts';
import type { Principal } from '../../../core/principal.ts';
import type { Settlement, SourceIntake } from '../../../sources/types.ts';
import type { RejectedMessages } from '../../ports.ts';
import { defineRoute, ok } from '../../route.ts';
import type { Route } from '../../route.ts';
import { readBatch } from './batch.ts';
import type { BatchElement, RefusedElement } from './batch.ts';

/** What POST /telemetry uses. */
export interface SendTelemetryDeps {
  intake: SourceIntake;
  /** Stores past telemetry without a flow: nobody judges it. */
  history: SourceIntake;
  rejected: RejectedMessages;
  audit: AuditLog;
  clock: Clock;
}

const TOPIC = '/api/v1/telemetry';
const RETRY_AFTER_SECONDS = 5;

const modeQuery = z.strictObject({
  mode: z.enum(['history'], { error: 'Leave it out, or send mode=history to store past telemetry without judging it.' }).optional().meta({
    description:
      '`history`: past telemetry is stored as always (the same checks, repeats and answers), but goes through no flow: no rule judges it, no screen is told, and the device does not count as seen. Left out: it is judged the moment it arrives.',
  }),
});

const messageSchema = z
  .looseObject({
    device_id: z.string().optional().meta({ description: 'Left out: the device whose key it is' }),
    timestamp: z
      .union([z.string(), z.number()])
      .optional()
      .meta({ description: 'ISO 8601 with zone, or epoch milliseconds; left out: now' }),
    data: z.record(z.string(), z.unknown()).optional(),
  })
  .meta({
    id: 'TelemetryMessage',
    examples: [
      { device_id: 'pump-01', timestamp: '2026-01-31T06:30:00Z', data: { temperature: 28.5, pressure: { value: 2.1, unit: 'bar' } } },
    ],
  });

/** POST /telemetry: answers when what was sent is stored, with the place and reason of what was not. */
export function sendTelemetry(deps: SendTelemetryDeps): Route {
  return defineRoute({
    method: 'post',
    path: '/telemetry',
    permission: 'telemetry:write',
    tag: 'telemetry',
    rate: 'telemetry',
    summary: 'Send telemetry',
    description:
      '`mode=history` stores past telemetry without judging it. One message or a list. Answered only after storing: 200 when at least one point is stored (or was stored before), 400 NO_POINT_STORED when none could be, 503 with Retry-After when it should be sent again.',
    query: modeQuery,
    body: z.union([messageSchema, z.array(messageSchema)]),
    bodyMode: 'raw',
    responses: { 200: { description: 'Stored', schema: telemetryResultSchema } },
    problems: ['NO_POINT_STORED'],
    handler: async ({ caller, query, body, address, requestId }) => {
      const { principal } = caller;
      const batch = readBatch(body);
      const refused = await Promise.all(batch.refused.map((element) => refuse(deps.rejected, principal, element)));
      const intake = query.mode === 'history' ? deps.history : deps.intake;
      const settled = await Promise.all(
        batch.elements.map((element) => submit({ intake, clock: deps.clock, requestId }, principal, element)),
      );
      const all = [...refused, ...settled];
      await auditForeign(deps.audit, principal, all, address);
      return ok(summarize(all));
    },
  });
}

interface Settled {
  index: number;
  settlement: Settlement;
}

function submit(
  { intake, clock, requestId }: Pick<SendTelemetryDeps, 'intake' | 'clock'> & { requestId: string },
  principal: Principal,
  element: BatchElement,
): Promise<Settled> {
  const { index, raw } = element;
  const deviceId = element.deviceId ?? (principal.kind === 'device' ? principal.deviceId : '');
  const message = {
    kind: 'http' as const,
    principal,
    deviceId,
    key: undefined,
    topic: TOPIC,
    raw,
    index,
    receivedAtMs: clock.nowMs(),
    sender: senderOf(principal),
    requestId,
  };
  return new Promise((resolve) => intake.submit(message, (settlement) => resolve({ index, settlement })));
}

/** Keeps what no flow will see; a refusal that could not be kept is not given, so that the sender repeats the message. */
function refuse(rejected: RejectedMessages, principal: Principal, element: RefusedElement): Promise<Settled> {
  const { index, raw, field, reason, message } = element;
  const deviceId = principal.kind === 'device' ? principal.deviceId : null;
  return new Promise((resolve) => {
    rejected.add({ tenantId: principal.tenantId, deviceId, source: 'http', topic: TOPIC, reason, message, field, raw }, (kept) => {
      const settlement: Settlement = kept
        ? { kind: 'rejected', reason, field, message, rejected: [{ index, field, reason, message }] }
        : { kind: 'unavailable', code: 'STORAGE_UNAVAILABLE', message: 'The database cannot be reached; send it again.' };
      resolve({ index, settlement });
    });
  });
}

/** Everything of one caller goes through one lane, so that its messages stay in order over several requests. */
function senderOf(principal: Principal): string {
  return `http:${principal.kind === 'user' ? principal.userId : principal.credentialId}`;
}

/** The answer for all messages; fails when one should be sent again, or when nothing at all could be stored. */
function summarize(all: readonly Settled[]): TelemetryResult {
  const result: TelemetryResult = { stored: 0, duplicates: 0, rejected: [] };
  let discarded = 0;
  for (const { index, settlement } of all) {
    switch (settlement.kind) {
      case 'stored':
        result.stored += settlement.stored;
        result.duplicates += settlement.duplicates;
        result.rejected.push(...settlement.rejected);
        break;
      case 'rejected':
        result.rejected.push(...rejectedOf(settlement, index));
        break;
      case 'discarded':
        discarded += 1;
        break;
      case 'unavailable':
        throw new AppError(settlement.code, settlement.message, { retryable: true, retryAfterSeconds: RETRY_AFTER_SECONDS });
    }
  }
  result.rejected.sort((a, b) => a.index - b.index);
  if (result.stored + result.duplicates + discarded > 0 || result.rejected.length === 0) return result;
  const [first] = result.rejected;
  throw new AppError('NO_POINT_STORED', `No point could be stored. ${first?.message ?? ''}`, { details: { rejected: result.rejected } });
}

function rejectedOf(settlement: Extract<Settlement, { kind: 'rejected' }>, index: number): readonly RejectedPoint[] {
  const { field, reason, message, rejected } = settlement;
  return rejected.length > 0 ? rejected : [{ index, field, reason, message }];
}

/** Whoever speaks for a device that is not his is written down, also when the rest of his batch is stored. */
async function auditForeign(audit: AuditLog, principal: Principal, all: readonly Settled[], address: string): Promise<void> {
  const foreign = all.filter(({ settlement }) => settlement.kind === 'rejected' && settlement.reason === 'forbidden');
  const first = foreign[0]?.settlement;
  if (first?.kind !== 'rejected') return;
  const details = { reason: first.message, messages: foreign.length };
  const { tenantId } = principal;
  await audit.record({
    tenantId,
    actor: actorOf(principal),
    action: 'telemetry.send',
    target: TOPIC,
    outcome: 'refused',
    address,
    details,
  });
}
