import os from 'node:os';

const MB = 1024 * 1024;

/**
 * Settings of the embedded server by this machine's memory (DESIGN section 7); given on the command line, so there is no file to merge. `tcpPort` is that of
 * 127.0.0.1 where it listens beside its socket; 0: nowhere.
 */
export function serverSettings(socketDir: string | undefined, tcpPort: number): Record<string, string> {
  const limit = process.constrainedMemory();
  const memoryMb = Math.floor((limit > 0 ? Math.min(limit, os.totalmem()) : os.totalmem()) / MB);
  const between = (value: number, low: number, high: number): string => `${Math.round(Math.min(high, Math.max(low, value)))}MB`;
  return {
    listen_addresses: socketDir === undefined || tcpPort !== 0 ? '127.0.0.1' : '',
    unix_socket_directories: socketDir ?? '',
    unix_socket_permissions: '0700',
    // Pools of 10 and 10, two lanes, LISTEN, locks, maintenance, the editor's own checks, 10 of a reader for Grafana, and room for an administrator.
    max_connections: '60',
    shared_buffers: between(memoryMb / 8, 128, 1024),
    effective_cache_size: between(memoryMb / 2, 256, 1024 * 1024),
    work_mem: '16MB',
    maintenance_work_mem: between(memoryMb / 16, 64, 512),
    // Replica, so that a backup can be taken by copying files.
    wal_level: 'replica',
    max_wal_senders: '0',
    max_wal_size: '2GB',
    min_wal_size: '256MB',
    checkpoint_timeout: '15min',
    wal_compression: 'pglz',
    synchronous_commit: 'on',
    jit: 'off',
    random_page_cost: '1.1',
    autovacuum_naptime: '30s',
    track_io_timing: 'on',
    shared_preload_libraries: 'pg_stat_statements',
    timezone: 'UTC',
    log_timezone: 'UTC',
    log_line_prefix: '%m [%p] ',
    log_min_duration_statement: '1000',
    idle_in_transaction_session_timeout: '60s',
  };
}
