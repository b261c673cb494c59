/** Hands a file to the person, as a download of the browser. */
export function saveFile(name: string, content: Blob): void {
  const address = URL.createObjectURL(content);
  const link = document.createElement('a');
  link.href = address;
  link.download = name;
  document.body.append(link);
  link.click();
  link.remove();
  // The browser has taken it over by then.
  setTimeout(() => URL.revokeObjectURL(address), 60_000);
}

/** A name that every file system takes. */
export function fileName(...parts: readonly string[]): string {
  return parts
    .map((part) => part.replaceAll(/[^\w.-]+/g, '_'))
    .filter((part) => part !== '')
    .join('-');
}
