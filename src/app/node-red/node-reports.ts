import { createRequire } from 'node:module';
import { asRequestId, requestIdOf } from '../../contracts/request-id.ts';

const load = createRequire(import.meta.url);

/** How a node reports: `node.error(text, message)`, `node.warn(text, message)`, `node.log(text, message)`. */
type Report = (this: unknown, ...reported: unknown[]) => unknown;

/** What is known of a report beyond what Node-RED's log says of it. */
export interface ReportContext {
  /** What the tab is called; undefined when it has no name. */
  flow: string | undefined;
  /** Of the message that the node was handling, where it said which. */
  requestId: string | undefined;
}

let reporting: { node: unknown; message: unknown } | undefined;
let isWatched = false;

/**
 * From now on `reportContext` knows who reports. Node-RED's log names neither the tab nor the message; but a report reaches the log handlers before
 * the node's call of `error`, `warn` or `log` returns, so what it was called with is remembered for so long. Nothing is done for messages that nobody reports.
 */
export function watchReports(): void {
  if (isWatched) return;
  isWatched = true;
  const { prototype } = load('@node-red/runtime/lib/nodes/Node') as { prototype: Record<'error' | 'warn' | 'log', Report> };
  for (const name of ['error', 'warn', 'log'] as const) {
    const own = prototype[name];
    prototype[name] = function (this: unknown, ...reported: unknown[]): unknown {
      const outer = reporting;
      reporting = { node: this, message: reported[1] };
      try {
        return own.apply(this, reported);
      } finally {
        reporting = outer;
      }
    };
  }
}

/** Of the report that is being made at this moment; nothing is known when no node makes one. */
export function reportContext(): ReportContext {
  return { flow: labelOf(reporting?.node), requestId: requestIdIn(reporting?.message) };
}

/** Of a message of a flow, which may have been made by anybody. */
export function requestIdIn(message: unknown): string | undefined {
  const { request_id: own, telemetry, transition, alert } = fieldsOf(message);
  const { lane, batch, request_id: stored } = fieldsOf(telemetry);
  const given = asRequestId(own) ?? asRequestId(fieldsOf(transition)['request_id']) ?? asRequestId(fieldsOf(alert)['request_id']);
  if (given !== undefined) return given;
  if (typeof lane !== 'number' || typeof batch !== 'number') return undefined;
  const id = asRequestId(stored);
  return requestIdOf({ lane, batch, ...(id === undefined ? {} : { request_id: id }) });
}

function labelOf(node: unknown): string | undefined {
  const { label } = fieldsOf(fieldsOf(fieldsOf(node)['_flow'])['flow']);
  return typeof label === 'string' && label !== '' ? label : undefined;
}

function fieldsOf(value: unknown): Partial<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? value : {};
}
