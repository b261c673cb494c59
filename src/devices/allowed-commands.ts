/** Why an action cannot send a command to a device, and what to do about it. */
export function commandProblem(deviceId: string, command: string, allowed: readonly string[]): string {
  const list = allowed.length === 0 ? 'none' : allowed.slice(0, 20).join(', ');
  return `An action sends only commands that the device allows, and "${command}" is not among those of "${deviceId}" (${list}); whoever has the permission "commands:write" adds it to the device's "allowed_commands".`;
}
