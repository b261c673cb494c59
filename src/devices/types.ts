/** What the pickers of the editor offer. */
export interface DeviceCatalog {
  /** All devices, or those that have sent the quantity `key`. */
  devices(tenantId: string, key: string | undefined): Promise<{ device_id: string; name: string; type: string; location: string }[]>;
  keys(tenantId: string, deviceId: string | undefined): Promise<{ key: string; unit: string | null; kind: string }[]>;
}
