import { existsSync, globSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

/** What every node folder has (docs/adding-a-node.md), by the name of the node. */
const wantedFiles = (name: string): [pattern: string, what: string][] => [
  [`${name}.ts`, 'the runtime'],
  [`${name}.config.ts`, 'its configuration'],
  [`${name}.editor.ts`, "the editor's script"],
  [`${name}.editor.html`, "the editor's form"],
  [`${name}.help.md`, 'the help'],
  [`${name}.test.ts`, 'a test'],
  [`locales/en-US/${name}.json`, 'the English texts'],
  ['icons/*.svg', 'an icon'],
  ['examples/*.json', 'an example flow'],
];
const HELP_SECTIONS = ['Inputs', 'Properties', 'Outputs', 'Errors', 'Example'];
/** Sections that a node without such ports leaves out, and how its editor file says that it has none. */
const PORTS: Record<string, RegExp> = { Inputs: /\binputs: 0\b/, Outputs: /\boutputs: 0\b/ };

/** Checks that each folder of nodes/ is whole, so that adding a node stays one folder and nobody meets one without help or example. */
export async function checkNodeFolders(root: string): Promise<void> {
  const folders = readdirSync(join(root, 'nodes'), { withFileTypes: true }).filter(
    (entry) => entry.isDirectory() && entry.name !== 'shared',
  );
  const problems = folders.flatMap((folder) => problemsOfNode(join(root, 'nodes', folder.name), folder.name));
  return problems.length > 0 ? Promise.reject(new Error(problems.join('\n'))) : Promise.resolve();
}

/** What is missing or wrong in the folder of one node, one line each. */
export function problemsOfNode(folder: string, name: string): string[] {
  const missing = wantedFiles(name).filter(([pattern]) => globSync(pattern, { cwd: folder }).length === 0);
  return [
    ...missing.map(([pattern, what]) => `nodes/${name}: ${what} is missing (${pattern}).`),
    ...problemsOfHelp(folder, name),
    ...problemsOfExamples(folder, name),
  ];
}

function problemsOfHelp(folder: string, name: string): string[] {
  const help = textOf(join(folder, `${name}.help.md`));
  const editor = textOf(join(folder, `${name}.editor.ts`)) ?? '';
  if (help === undefined) return [];
  return HELP_SECTIONS.filter((section) => !PORTS[section]?.test(editor) && !new RegExp(`^#+ ${section}`, 'm').test(help)).map(
    (section) => `nodes/${name}: the help has no section "${section}".`,
  );
}

function textOf(file: string): string | undefined {
  return existsSync(file) ? readFileSync(file, 'utf8') : undefined;
}

function problemsOfExamples(folder: string, name: string): string[] {
  return globSync('examples/*.json', { cwd: folder }).flatMap((example) => {
    const nodes = JSON.parse(readFileSync(join(folder, example), 'utf8')) as { type?: string }[];
    return nodes.some((node) => node.type === `iiot-${name}`) ? [] : [`nodes/${name}: ${example} does not use iiot-${name}.`];
  });
}
