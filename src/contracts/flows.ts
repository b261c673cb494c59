import { z } from 'zod';

/** Where a deployment came from: the editor, the API (and the shell), a rollback, or the platform itself. */
export const FLOW_ORIGINS = ['editor', 'api', 'rollback', 'platform'] as const;
export type FlowOrigin = (typeof FLOW_ORIGINS)[number];

/** A name that is one of every object's own properties would be mistaken for it inside Node-RED. */
const nodeId = z
  .string()
  .regex(/^[A-Za-z0-9][\w.:-]{0,99}$/, 'An id has 1 to 100 letters, digits, ".", ":", "-" or "_", and begins with a letter or digit.')
  .refine((id) => !(id in Object.prototype), 'This id has a meaning of its own in JavaScript; choose another.');

/** A node as flow files hold it. */
export const flowNodeSchema = z
  .looseObject({
    id: nodeId,
    type: z.string().min(1).max(200),
    z: z.string().max(100).exactOptional(),
    credentials: z.record(z.string(), z.string()).optional(),
  })
  .meta({ id: 'FlowNode', description: 'A node as the editor of Node-RED exports it.' });

/** Nodes that were deployed, as they are: what the editor lets through goes out again. */
const deployedNodeSchema = z.looseObject({ id: z.string(), type: z.string() }).meta({ id: 'DeployedNode' });

/** The flows as they are deployed. */
export const flowsSchema = z
  .object({
    version: z.string().meta({ description: 'Names exactly these flows; send it back as expected_version.' }),
    flows: z.array(deployedNodeSchema),
  })
  .meta({ id: 'Flows' });
export type Flows = z.infer<typeof flowsSchema>;

/** The flows as the editor's own import takes them. */
export const flowFileSchema = z.array(deployedNodeSchema).meta({ id: 'FlowFile' });

const itemSchema = z.object({
  id: z.string(),
  type: z.string(),
  name: z.string(),
  tab: z.string().nullable().meta({ description: 'The tab or subflow it is on; null for tabs and what is on none.' }),
});
export type FlowItem = z.infer<typeof itemSchema>;

const tabCountsSchema = z.object({
  tab: z.string().nullable(),
  added: z.int(),
  removed: z.int(),
  changed: z.int(),
  moved: z.int(),
});

/** What differs between two sets of flows. */
export const flowDifferenceSchema = z
  .object({
    summary: z.string(),
    added: z.array(itemSchema),
    removed: z.array(itemSchema),
    changed: z.array(itemSchema.extend({ properties: z.array(z.string()) })),
    moved: z.array(itemSchema).meta({ description: 'What differs in its place on the tab alone.' }),
    tabs: z.array(tabCountsSchema).meta({ description: 'The counts by tab.' }),
  })
  .meta({ id: 'FlowDifference' });
export type FlowDifference = z.infer<typeof flowDifferenceSchema>;

/** The kinds of what may be wrong with flows. */
export const FLOW_PROBLEMS = [
  'duplicate_id',
  'unknown_type',
  'broken_wire',
  'missing_tab',
  'missing_config_node',
  'invalid_config',
] as const;

/** Something wrong with a node of an import. */
export const flowProblemSchema = z
  .object({
    kind: z.enum(FLOW_PROBLEMS),
    node_id: z.string(),
    field: z.string().meta({ description: 'Where in what was sent: `flows.3.wires`.' }),
    message: z.string(),
  })
  .meta({ id: 'FlowProblem' });
export type FlowProblem = z.infer<typeof flowProblemSchema>;

const note = z.string().max(500).optional().meta({ description: 'Why, for the list of versions.' });
const expectedVersion = z
  .string()
  .max(100)
  .optional()
  .meta({ description: 'The version that GET /flows answered; 409 when another one is deployed.' });
const dryRun = z.boolean().optional().meta({ description: 'True: only the difference and the problems are answered, nothing is touched.' });

/** How imported flows meet deployed ones. */
export const IMPORT_MODES = ['merge', 'replace'] as const;
export type ImportMode = (typeof IMPORT_MODES)[number];

/** Flows to deploy. */
export const flowImportSchema = z
  .strictObject({
    flows: z.array(flowNodeSchema).max(20_000),
    mode: z.enum(IMPORT_MODES).meta({
      description: 'merge: nodes with the same id are replaced, others stay, new ones are added; replace: what is not sent is removed.',
    }),
    tab: z.string().max(100).optional().meta({
      description: 'The id of a tab for nodes whose own tab is neither sent nor deployed, such as a selection that the editor exported.',
    }),
    dry_run: dryRun,
    note,
    expected_version: expectedVersion,
  })
  .meta({ id: 'FlowImport' });
export type FlowImport = z.infer<typeof flowImportSchema>;

/** Going back to an earlier version. */
export const flowRollbackSchema = z.strictObject({ dry_run: dryRun, note, expected_version: expectedVersion }).meta({ id: 'FlowRollback' });
export type FlowRollback = z.infer<typeof flowRollbackSchema>;

/** What an import or a rollback did, or (dry run) would do. */
export const flowDeploymentSchema = z
  .object({
    deployed: z.boolean().meta({ description: 'False for a dry run, and when nothing differs.' }),
    version: z.string().meta({ description: 'Of the flows that are deployed now.' }),
    number: z.int().nullable().meta({ description: 'Of the kept version; null when none was made, or while the database is away.' }),
    difference: flowDifferenceSchema,
    problems: z.array(flowProblemSchema),
  })
  .meta({ id: 'FlowDeployment' });
export type FlowDeployment = z.infer<typeof flowDeploymentSchema>;

/** A kept version of the flows. */
export const flowVersionSchema = z
  .object({
    id: z.uuid(),
    number: z.int().meta({ description: 'Counts up from 1.' }),
    created_at: z.string(),
    author: z.string(),
    origin: z.enum(FLOW_ORIGINS),
    summary: z.string(),
    note: z.string().nullable(),
    rolled_back_from: z.int().nullable().meta({ description: 'The number of the version that was deployed again.' }),
  })
  .meta({ id: 'FlowVersion' });
export type FlowVersion = z.infer<typeof flowVersionSchema>;

/** A kept version with its flows. */
export const flowVersionDetailSchema = flowVersionSchema
  .extend({
    flows: flowFileSchema,
    difference: flowDifferenceSchema.nullable().meta({ description: 'To the version before; null when that is not kept any more.' }),
  })
  .meta({ id: 'FlowVersionDetail' });

/** The methods of HTTP endpoints that engineers build. */
export const ENDPOINT_METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'] as const;

/** An endpoint under `/flows` that answers without a key. */
export const openEndpointSchema = z
  .strictObject({
    method: z.enum(ENDPOINT_METHODS),
    path: z
      .string()
      .max(200)
      .regex(
        /^(?:\/[A-Za-z0-9_~-][A-Za-z0-9._~-]*)+(?:\/\*)?$/,
        'A path begins with "/", as in the `http in` node and without "/flows"; its parts are letters, digits, ".", "_", "~" or "-", and the last one may be "*", which stands for exactly one part.',
      ),
  })
  .meta({ id: 'OpenEndpoint' });
export type OpenEndpoint = z.infer<typeof openEndpointSchema>;

/** All endpoints that are open. */
export const openEndpointsSchema = z.strictObject({ endpoints: z.array(openEndpointSchema).max(100) }).meta({ id: 'OpenEndpoints' });
