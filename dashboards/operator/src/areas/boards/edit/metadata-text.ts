type Metadata = Record<string, string | number | boolean>;

/** `line=3, spare=false` as fields; what has no sign of equality is told. */
export function parseMetadata(text: string): { metadata: Metadata } | { wrong: string } {
  const metadata: Metadata = {};
  for (const part of text.split(',')) {
    if (part.trim() === '') continue;
    const at = part.indexOf('=');
    const name = part.slice(0, at).trim();
    if (at < 0 || name === '') return { wrong: part.trim() };
    metadata[name] = valueOf(part.slice(at + 1).trim());
  }
  return { metadata };
}

/** The same the other way round. */
export function metadataText(metadata: Readonly<Metadata> | undefined): string {
  return Object.entries(metadata ?? {})
    .map(([name, value]) => `${name}=${String(value)}`)
    .join(', ');
}

function valueOf(text: string): string | number | boolean {
  if (text === 'true' || text === 'false') return text === 'true';
  return text !== '' && /^-?\d+(\.\d+)?$/.test(text) ? Number(text) : text;
}
