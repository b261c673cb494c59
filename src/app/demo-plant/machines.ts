/** A simulated machine as it is registered. */
export interface DemoMachine {
  device_id: string;
  name: string;
  type: string;
  location: string;
  /** Where it stands, in degrees. */
  metadata: { latitude: number; longitude: number };
}

/** The machines of the demo plant; flows/demo-plant.json holds the model of each. */
export const DEMO_MACHINES: readonly DemoMachine[] = [
  {
    device_id: 'pump-demo',
    name: 'Demo pump',
    type: 'pump',
    location: 'Demo plant',
    metadata: { latitude: 41.65128, longitude: -0.87942 },
  },
  {
    device_id: 'boiler-demo',
    name: 'Demo boiler',
    type: 'boiler',
    location: 'Demo plant',
    metadata: { latitude: 41.65214, longitude: -0.87798 },
  },
  {
    device_id: 'compressor-demo',
    name: 'Demo compressor',
    type: 'compressor',
    location: 'Demo plant',
    metadata: { latitude: 41.65066, longitude: -0.87712 },
  },
];
