import { createCipheriv, createHash, randomBytes } from 'node:crypto';
import { mkdir, readdir, readFile, rename, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { AppError, messageOf } from '../../core/errors.ts';
import type { FlowNode } from '../../flows/flow-node.ts';
import { CREDENTIALS_FILE, FLOW_FILE } from './settings.ts';

export type { FlowNode } from '../../flows/flow-node.ts';

/** Flows together with the secrets of their nodes, by node id. */
export interface FlowSet {
  nodes: FlowNode[];
  credentials: Record<string, Record<string, string>>;
}

/** True when somebody's flows are there already, as a file or as a project; they are never overwritten. */
export async function flowsExist(userDir: string): Promise<boolean> {
  if (await exists(join(userDir, FLOW_FILE))) return true;
  const projects = await readdir(join(userDir, 'projects')).catch(() => []);
  return projects.length > 0;
}

/**
 * Fails with INVALID_CONFIG when the file of flows holds no list of nodes: Node-RED would run without flows, and the next deployment would write over what is there.
 * An empty file is left to Node-RED, which takes its backup.
 */
export async function assertFlowsReadable(userDir: string): Promise<void> {
  const file = join(userDir, FLOW_FILE);
  const text = (await exists(file)) ? await readFile(file, 'utf8') : '';
  const problem = text === '' ? undefined : problemOfFlows(text);
  if (problem === undefined) return;
  throw new AppError(
    'INVALID_CONFIG',
    `The file of flows ${file} ${problem}. Put the list of nodes back, or move the file away to begin anew.`,
  );
}

function problemOfFlows(text: string): string | undefined {
  try {
    const flows: unknown = JSON.parse(text.replace(/^\uFEFF/, ''));
    if (Array.isArray(flows)) return undefined;
    return `holds ${flows === null ? 'null' : `a JSON ${typeof flows}`} where a list of nodes ([...]) must be`;
  } catch (error) {
    return `is no JSON: ${messageOf(error)}`;
  }
}

/** Writes the first flows of an installation: credentials first, so that flows never appear without them. */
export async function writeFirstFlows(userDir: string, flows: FlowSet, credentialSecret: string): Promise<void> {
  await mkdir(userDir, { recursive: true });
  await writeWhole(join(userDir, CREDENTIALS_FILE), encryptedCredentials(flows.credentials, credentialSecret));
  await writeWhole(join(userDir, FLOW_FILE), flows.nodes);
}

/** The credentials file as Node-RED reads it (@node-red/runtime, nodes/credentials.js): AES-256-CTR under the SHA-256 of the secret. */
function encryptedCredentials(credentials: FlowSet['credentials'], secret: string): { $: string } {
  const key = createHash('sha256').update(secret).digest();
  const initVector = randomBytes(16);
  const cipher = createCipheriv('aes-256-ctr', key, initVector);
  return { $: initVector.toString('hex') + cipher.update(JSON.stringify(credentials), 'utf8', 'base64') + cipher.final('base64') };
}

async function writeWhole(path: string, content: unknown): Promise<void> {
  const unfinished = `${path}.new`;
  await writeFile(unfinished, `${JSON.stringify(content, null, 4)}\n`, { mode: 0o600 });
  await rename(unfinished, path);
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
