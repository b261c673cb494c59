/** The samples of a text by name and labels, as Prometheus reads them. */
export function samplesOf(text: string): Map<string, number> {
  const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return new Map(lines.map((line) => [line.slice(0, line.lastIndexOf(' ')), Number(line.slice(line.lastIndexOf(' ') + 1))]));
}

/** The metrics of a text with their types, whether or not there is a sample of them. */
export function typesOf(text: string): Map<string, string> {
  return new Map([...text.matchAll(/^# TYPE (\S+) (\S+)$/gm)].map(([, name = '', type = '']) => [name, type]));
}

/** The names under which Prometheus stores the samples of these metrics. */
export function storedNames(types: ReadonlyMap<string, string>): Set<string> {
  const suffixes = (type: string) => (type === 'histogram' ? ['_bucket', '_sum', '_count'] : ['']);
  return new Set([...types].flatMap(([name, type]) => suffixes(type).map((suffix) => name + suffix)));
}
