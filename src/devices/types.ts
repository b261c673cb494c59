/** What the pickers of the editor offer. */
export interface DeviceCatalog {
  devices(tenantId: string): Promise<{ device_id: string; name: string; type: string }[]>;
  keys(tenantId: string, deviceId: string | undefined): Promise<{ key: string; unit: string | null; kind: string }[]>;
}
