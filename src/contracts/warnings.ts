import { z } from 'zod';

/*
 * What the platform warns of, as data: who shows it writes the sentence in his own language, with his numbers and times. A new warning is a code
 * here, its sentence in `warning-texts.ts`, and its texts under `warnings.texts` in the web app.
 */

const nodeSchema = z.object({
  name: z.string(),
  tab: z.string().nullable().meta({ description: 'The name of its tab; null inside a subflow' }),
});
/** A node of a flow. */
export type WarnedNode = z.infer<typeof nodeSchema>;

const carries = z.enum(['mqtt', 'http']);
const judge = z.object({ node: nodeSchema, is: z.enum(['rule', 'stored_rules']) });
const facts = z.discriminatedUnion('code', [
  z.object({ code: z.literal('outlet_missing'), params: z.object({ type: z.string(), carries }) }),
  z.object({ code: z.literal('outlet_not_stored'), params: z.object({ node: nodeSchema, carries }) }),
  z.object({ code: z.literal('several_nodes'), params: z.object({ type: z.string(), active: nodeSchema, idle: z.array(nodeSchema) }) }),
  z.object({ code: z.literal('stored_rules_idle'), params: z.object({ type: z.string(), count: z.int() }) }),
  z.object({ code: z.literal('judges_nothing'), params: judge }),
  z.object({ code: z.literal('tells_nobody'), params: judge }),
  z.object({ code: z.literal('notifications_failed'), params: z.object({ count: z.int(), channel: z.string(), at: z.string() }) }),
  z.object({ code: z.literal('accounts_differ'), params: z.object({ count: z.int(), device: z.string() }) }),
  z.object({ code: z.literal('judging_lags'), params: z.object({ seconds: z.int() }) }),
  z.object({ code: z.literal('isolation_by_query'), params: z.object({}) }),
  z.object({ code: z.literal('redis_away'), params: z.object({}) }),
]);
/** What is the matter. */
export type WarningFacts = z.infer<typeof facts>;

/** One warning of the platform. */
export const platformWarningSchema = z.intersection(
  facts,
  z.object({
    place: z.string().nullable().meta({ description: 'Where it is mended: a path of the web app; null when it is not there' }),
    text: z.string().meta({ description: 'The same in English, as in `warnings`' }),
  }),
);
export type PlatformWarning = z.infer<typeof platformWarningSchema>;
