import { z } from 'zod';
import { ACTION_LIMITS, ACTION_WORDS, hasLogin, HEADER_NAME, HEADER_VALUE, ONE_LINE, OWN_HEADERS, WEB_PROTOCOL } from './action-terms.ts';
import { commandNameSchema, deviceJsonSchema } from './commands.ts';
import { ACTION_FIELDS, templateProblem } from './template-terms.ts';
import { actionTopicProblem } from './topics.ts';

/** Ways to tell somebody or something of an alert; each is a channel of its own. */
export const CHANNELS = ['email', 'webhook', 'mqtt', 'command', 'n8n', 'flow', 'script'] as const;
export type ChannelName = (typeof CHANNELS)[number];

/** What is told of an alert unless its action says otherwise. */
export const ACTION_EVENTS = ['raised', 'resolved'] as const;
export type ActionEvent = (typeof ACTION_EVENTS)[number];

/** Text with fields such as {{value}}, checked when it is saved. `what` names it in the problem: "subject". */
export function actionText(what: string, longest: number): z.ZodString {
  return z
    .string()
    .min(1)
    .max(longest)
    .superRefine((text, context) => {
      const problem = templateProblem(text, what, ACTION_FIELDS);
      if (problem !== undefined) context.addIssue({ code: 'custom', message: problem });
    });
}

/** Addresses such as ops@example.com, each once. */
export const recipientsSchema = z
  .array(z.email(ACTION_WORDS.address).max(254))
  .min(1, ACTION_WORDS.noAddress)
  .max(ACTION_LIMITS.recipients);

/** Whose TLS, address and credentials are checked again at each attempt; here only what can be told from its text. */
export const webhookUrlSchema = z
  .url({ protocol: WEB_PROTOCOL, error: ACTION_WORDS.protocol })
  .max(ACTION_LIMITS.url)
  .refine((url) => !hasLogin(url), ACTION_WORDS.login);

/** Headers that are sent along, such as `Authorization`. */
export const webhookHeadersSchema = z
  .record(
    z.string().regex(HEADER_NAME, ACTION_WORDS.headerName),
    z
      .string()
      .max(ACTION_LIMITS.headerValue)
      .regex(ONE_LINE, ACTION_WORDS.oneLine)
      // What HTTP itself cannot carry.
      .regex(HEADER_VALUE, ACTION_WORDS.headerValue),
    {
      error: ({ code, input }) =>
        code === 'invalid_key' ? `${JSON.stringify(input)} cannot be the name of a header. ${ACTION_WORDS.headerName}` : undefined,
    },
  )
  .refine((headers) => Object.keys(headers).length <= ACTION_LIMITS.headers, ACTION_WORDS.headers)
  .refine((headers) => !Object.keys(headers).some((name) => OWN_HEADERS.test(name)), ACTION_WORDS.ownHeader);

/** All texts in a JSON value, at any depth; names of fields are none. */
function textsIn(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(textsIn) : [];
}

/** What is told: raised and/or resolved; both unless given. */
const on = z.array(z.enum(ACTION_EVENTS)).min(1).max(2).optional();

/** An e-mail to some recipients. */
export const emailActionSchema = z
  .strictObject({
    type: z.literal('email'),
    recipients: recipientsSchema,
    /** The subject; one that names severity, rule and device unless given. */
    subject: actionText('subject', ACTION_LIMITS.subject).regex(ONE_LINE, ACTION_WORDS.oneLine).optional(),
    /** A text of one's own above the facts. */
    text: actionText('text', ACTION_LIMITS.text).optional(),
    /** In whose time the e-mail says when; of the platform unless given. */
    timezone: z.string().max(100).optional(),
    on,
  })
  .meta({ id: 'EmailAction' });

/** A request to a URL, signed. */
export const webhookActionSchema = z
  .strictObject({
    type: z.literal('webhook'),
    url: webhookUrlSchema,
    headers: webhookHeadersSchema.optional(),
    on,
  })
  .meta({ id: 'WebhookAction' });

/** A message to a topic of the platform's own broker. */
export const mqttActionSchema = z
  .strictObject({
    type: z.literal('mqtt'),
    /** Without wildcards, and outside of the platform's own topics. */
    topic: actionText('topic', ACTION_LIMITS.topic).superRefine((topic, context) => {
      // Which topics are the platform's own, the installation says: whoever stores or sends it asks with the root.
      const problem = actionTopicProblem(topic, undefined);
      if (problem !== undefined) context.addIssue({ code: 'custom', message: problem });
    }),
    /** The alert as JSON unless given. */
    payload: actionText('payload', ACTION_LIMITS.payload).optional(),
    qos: z.union([z.literal(0), z.literal(1), z.literal(2)]).optional(),
    retain: z.boolean().optional(),
    on,
  })
  .meta({ id: 'MqttAction' });

/** A command to a device: the one of the alert unless given. */
export const commandActionSchema = z
  .strictObject({
    type: z.literal('command'),
    device_id: z.string().min(1).max(128).optional(),
    command: commandNameSchema,
    /** Texts in it may have fields; one that is nothing but {{value}} becomes the value itself, a number. */
    params: deviceJsonSchema
      .superRefine((params, context) => {
        for (const text of textsIn(params)) {
          const problem = templateProblem(text, 'parameter', ACTION_FIELDS);
          if (problem !== undefined) context.addIssue({ code: 'custom', message: problem });
        }
      })
      .optional(),
    timeout_seconds: z.int().min(1).max(ACTION_LIMITS.timeoutSeconds).optional(),
    on,
  })
  .meta({ id: 'CommandAction' });

/** The webhook of an n8n workflow, with the header that it authenticates by. */
export const n8nActionSchema = z
  .strictObject({
    type: z.literal('n8n'),
    url: webhookUrlSchema,
    /** Of "Header Auth" in n8n. */
    header: z
      .strictObject({ name: z.string().min(1).max(100), value: z.string().min(1).max(4_000) })
      .superRefine(({ name, value }, context) => {
        const issue = webhookHeadersSchema.safeParse({ [name]: value }).error?.issues[0];
        if (issue === undefined) return;
        context.addIssue({ code: 'custom', message: issue.code === 'invalid_key' ? ACTION_WORDS.headerName : issue.message });
      })
      .optional(),
    on,
  })
  .meta({ id: 'N8nAction' });

/** A flow that begins with an `iiot-rule-action-in` of this name. */
export const flowActionSchema = z
  .strictObject({ type: z.literal('flow'), entry: z.string().min(1).max(100), on })
  .meta({ id: 'FlowAction' });

/** A program in the folder of scripts, which only who administers the machine can write to. */
export const scriptActionSchema = z
  .strictObject({
    type: z.literal('script'),
    program: z
      .string()
      .regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/, 'Name a file in the folder of scripts: letters, digits and . _ -, without a path.'),
    args: z.array(z.string().max(1_000)).max(20).optional(),
    on,
  })
  .meta({ id: 'ScriptAction' });

/** One action of a rule, or of an action node. */
export const actionSchema = z
  .discriminatedUnion('type', [
    emailActionSchema,
    webhookActionSchema,
    mqttActionSchema,
    commandActionSchema,
    n8nActionSchema,
    flowActionSchema,
    scriptActionSchema,
  ])
  .meta({ id: 'Action' });
export type Action = z.infer<typeof actionSchema>;
export type EmailAction = z.infer<typeof emailActionSchema>;
export type WebhookAction = z.infer<typeof webhookActionSchema>;
export type MqttAction = z.infer<typeof mqttActionSchema>;
export type CommandAction = z.infer<typeof commandActionSchema>;
export type N8nAction = z.infer<typeof n8nActionSchema>;
export type FlowAction = z.infer<typeof flowActionSchema>;
export type ScriptAction = z.infer<typeof scriptActionSchema>;

/** Whom an action tells, in one line, as the ledger and the screen show it. */
export function recipientOf(action: Action): string {
  switch (action.type) {
    case 'email':
      return action.recipients.join(', ');
    case 'webhook':
    case 'n8n':
      return action.url;
    case 'mqtt':
      return action.topic;
    case 'command':
      return action.device_id ?? 'the device of the alert';
    case 'flow':
      return action.entry;
    case 'script':
      return action.program;
  }
}
