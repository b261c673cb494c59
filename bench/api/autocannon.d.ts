/** What this bench uses of autocannon, which brings no types. */
declare module 'autocannon' {
  interface AutocannonOptions {
    url: string;
    connections: number;
    /** Seconds. */
    duration: number;
    requests: readonly { method: 'GET'; path: string; headers: Readonly<Record<string, string>> }[];
  }

  interface AutocannonResult {
    /** Milliseconds. */
    latency: { p50: number; p97_5: number; p99: number; max: number };
    requests: { average: number; total: number };
    non2xx: number;
    errors: number;
    timeouts: number;
  }

  export default function autocannon(options: AutocannonOptions): Promise<AutocannonResult>;
}
