import type { Problem } from '../../../../src/contracts/common.ts';
import { readConfig } from '../../node-config.ts';
import type { NodeConfig } from '../../node-config.ts';
import { fieldsOf } from '../form.ts';
import type { EditorNode } from '../red.ts';

/** What the *Send test* button needs to know of a type of node. */
export interface TestedNode<Config> {
  /** The first part of the keys of its texts: the folder's name. */
  texts: string;
  config: NodeConfig<Config>;
  /** The way of the API that sends: `email` or `webhook`. */
  channel: 'email' | 'webhook';
  /** What is sent to it, made of the checked fields. */
  bodyOf: (config: Config) => object;
}

/** What the API answers to both, and all that was said: lines of SMTP, or a request and its answer. */
interface TestAnswer {
  delivered: boolean;
  reason: string;
  refused?: string[];
  conversation?: { from: string; text: string }[];
  addresses?: string[];
  connected_to?: string | null;
  request?: { line: string; headers: Record<string, string>; body: string };
  response?: { status: number; headers: Record<string, string>; body: string } | null;
}

/** Lets the *Send test* button of a form send what the fields say now, saved or not, and show what was said on the way. */
export function prepareSendTest<Config>(type: TestedNode<Config>, node: EditorNode): void {
  const button = document.querySelector<HTMLButtonElement>('#insa-send-test');
  if (button === null) return;
  const text = (key: string, values?: Record<string, string>): string => node._(`${type.texts}.test.${key}`, values);
  button.addEventListener('click', () => {
    const read = readConfig(type.config, fieldsOf(type.config, node));
    if (!read.ok) {
      show({ kind: 'failed', line: text('fix', { problem: read.problems[0]?.message ?? '' }) });
      return;
    }
    button.disabled = true;
    show({ kind: 'sending', line: text('sending') });
    void send(type.channel, type.bodyOf(read.config), text).then((outcome) => {
      button.disabled = false;
      show(outcome);
    });
  });
}

/** What the form says of a test: one line, and all that was said. */
interface Shown {
  kind: keyof typeof SHOWN_COLOURS;
  line: string;
  log?: string;
}

const SHOWN_COLOURS = {
  sending: '',
  delivered: 'var(--red-ui-text-color-success, #218358)',
  partly: 'var(--red-ui-text-color-warning, #8a5a00)',
  failed: 'var(--red-ui-text-color-error, #ad1625)',
} as const;

/** Never rejects: what goes wrong is told in words. The cookie of the editor's login is good for the API too. */
async function send(channel: string, body: object, text: (key: string, values?: Record<string, string>) => string): Promise<Shown> {
  try {
    const response = await fetch(`/api/v1/notifications/test/${channel}`, {
      method: 'POST',
      credentials: 'same-origin',
      cache: 'no-store',
      headers: { accept: 'application/json', 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    if (response.status === 401) return { kind: 'failed', line: text('loginEnded') };
    if (!response.ok) return { kind: 'failed', line: text('failed', { reason: await problemIn(response) }) };
    const answer = (await response.json()) as TestAnswer;
    const kind = answer.delivered ? (answer.refused?.length ? 'partly' : 'delivered') : 'failed';
    return { kind, line: text(kind, { reason: answer.reason }), log: inLines(answer) };
  } catch (error) {
    return { kind: 'failed', line: text('unreachable', { reason: error instanceof Error ? error.message : String(error) }) };
  }
}

/** As text: the form shows it as it is, and runs nothing of it. */
function show({ kind, line, log = '' }: Shown): void {
  const outcome = document.getElementById('insa-send-test-outcome');
  const place = document.getElementById('insa-send-test-log');
  if (outcome === null || place === null) return;
  outcome.textContent = line;
  outcome.style.color = SHOWN_COLOURS[kind];
  place.textContent = log;
  // Not `hidden`: the editor's style sheet shows every <pre>.
  place.style.display = log === '' ? 'none' : '';
  // The button is at the end of the form: what it brought would be below the edge.
  outcome.scrollIntoView({ block: log === '' ? 'nearest' : 'start' });
}

/** Who said what, one line each; a request and its answer as they went over the wire. */
function inLines({ conversation = [], addresses = [], connected_to: connectedTo, request, response }: TestAnswer): string {
  const found = addresses.length === 0 ? [] : [`connection: ${connectedTo ?? 'none'} (addresses: ${addresses.join(', ')})`, ''];
  const said = conversation.map(({ from, text }) => `${from}: ${text}`);
  const sent = request === undefined ? [] : [request.line, ...headerLines(request.headers), '', request.body];
  const answered =
    response === undefined || response === null
      ? []
      : ['', `HTTP ${String(response.status)}`, ...headerLines(response.headers), '', response.body];
  return [...found, ...said, ...sent, ...answered].join('\n');
}

function headerLines(headers: Record<string, string>): string[] {
  return Object.entries(headers).map(([name, value]) => `${name}: ${value}`);
}

async function problemIn(response: Response): Promise<string> {
  const { detail, errors } = (await response.json().catch(() => ({}))) as Partial<Problem>;
  const fields = (errors ?? []).map(({ field, message }) => `${field}: ${message}`);
  return fields.length > 0 ? fields.join(' ') : (detail ?? `${String(response.status)} ${response.statusText}`);
}
