// Made by "npm run openapi" of the contracts; change those, not this file.

/** The shapes of the API by their names in docs/api/openapi.json. */
export interface Schemas {
  Login: { username: string; password: string };
  Refresh: { refresh_token: string };
  Logout: { refresh_token?: string | null | undefined };
  ChangePassword: { current_password: string; new_password: string };
  CreateUser: {
    username: string;
    email?: string | null | undefined;
    display_name?: string | null | undefined;
    roles: string[];
    password?: string | undefined;
    must_change_password?: boolean | undefined;
  };
  ReplaceUser: {
    username: string;
    email?: string | null | undefined;
    display_name?: string | null | undefined;
    roles: string[];
    disabled?: boolean | undefined;
  };
  PatchUser: {
    username?: string | undefined;
    email?: string | null | undefined;
    display_name?: string | null | undefined;
    roles?: string[] | undefined;
    disabled?: boolean | undefined;
  };
  AssignRoles: { roles: string[] };
  ResetPassword: { password?: string | undefined };
  WriteRole: { name: string; description?: string | undefined; permissions: string[] };
  PatchRole: { name?: string | undefined; description?: string | undefined; permissions?: string[] | undefined };
  CreateDevice: {
    device_id?: string | undefined;
    name?: string | undefined;
    type?: string | undefined;
    location?: string | undefined;
    area?: string | undefined;
    metadata?: { [name: string]: unknown } | undefined;
    allowed_commands?: string[] | undefined;
    offline_seconds?: number | null | undefined;
  };
  ReplaceDevice: {
    name?: string | undefined;
    type?: string | undefined;
    location?: string | undefined;
    area?: string | undefined;
    metadata?: { [name: string]: unknown } | undefined;
    allowed_commands?: string[] | undefined;
    offline_seconds?: number | null | undefined;
  };
  PatchDevice: {
    name?: string | undefined;
    type?: string | undefined;
    location?: string | undefined;
    area?: string | undefined;
    metadata?: { [name: string]: unknown } | undefined;
    allowed_commands?: string[] | undefined;
    offline_seconds?: number | null | undefined;
  };
  SendCommand: { command: string; params?: { [name: string]: unknown } | undefined; timeout_seconds?: number | undefined };
  PatchSeries: { items: Schemas['SeriesChange'][] };
  SeriesChange: {
    key: string;
    display_name?: string | null | undefined;
    unit?: string | undefined;
    decimals?: number | null | undefined;
    lower_limit?: number | null | undefined;
    upper_limit?: number | null | undefined;
  };
  CreateCredential: { name?: string | undefined; expires_at?: string | undefined; hourly_limit?: number | null | undefined };
  RotateKey: { overlap_seconds?: number | undefined; expires_at?: string | undefined };
  CreateApiKey: {
    name: string;
    kind: 'gateway' | 'program';
    permissions?: string[] | undefined;
    auto_register?: boolean | undefined;
    expires_at?: string | undefined;
    hourly_limit?: number | null | undefined;
  };
  TelemetryMessage: {
    device_id?: string | undefined;
    timestamp?: string | number | undefined;
    data?: { [name: string]: unknown } | undefined;
    [name: string]: unknown;
  };
  UnsavedBacktest: {
    device_id?: string | undefined;
    start: string;
    end: string;
    compare_with?: Schemas['ComparedRule'] | undefined;
    wait_seconds?: number | undefined;
    rule: Schemas['RuleInput'];
  };
  ComparedRule: { rule_id?: string | undefined; version?: number | undefined; rule?: Schemas['RuleInput'] | undefined };
  RuleInput:
    | {
        name: string;
        device_id?: string | undefined;
        scope?: { device_id?: string | undefined; device_type?: string | undefined; location?: string | undefined } | undefined;
        severity: 'info' | 'warning' | 'critical';
        message?: string | undefined;
        actions?: Schemas['Action'][] | undefined;
        active?:
          | {
              timezone: string;
              days?: ('mon' | 'tue' | 'wed' | 'thu' | 'fri' | 'sat' | 'sun')[] | undefined;
              from?: string | undefined;
              to?: string | undefined;
            }
          | undefined;
        cooldown_seconds?: number | undefined;
        min_quality?: number | undefined;
        lateness_seconds?: number | undefined;
        priority?: number | undefined;
        enabled?: boolean | undefined;
        rule_type: 'threshold';
        conditions: {
          key: string;
          operator: '>' | '<' | '>=' | '<=' | '==' | '!=';
          value: number;
          duration_seconds?: number | undefined;
          clear_value?: number | undefined;
        };
      }
    | {
        name: string;
        device_id?: string | undefined;
        scope?: { device_id?: string | undefined; device_type?: string | undefined; location?: string | undefined } | undefined;
        severity: 'info' | 'warning' | 'critical';
        message?: string | undefined;
        actions?: Schemas['Action'][] | undefined;
        active?:
          | {
              timezone: string;
              days?: ('mon' | 'tue' | 'wed' | 'thu' | 'fri' | 'sat' | 'sun')[] | undefined;
              from?: string | undefined;
              to?: string | undefined;
            }
          | undefined;
        cooldown_seconds?: number | undefined;
        min_quality?: number | undefined;
        lateness_seconds?: number | undefined;
        priority?: number | undefined;
        enabled?: boolean | undefined;
        rule_type: 'comparison';
        conditions: {
          left: { device_id?: string | undefined; key: string };
          operator: '>' | '<' | '>=' | '<=' | '==' | '!=';
          right: { device_id?: string | undefined; key: string };
          offset?: number | undefined;
          clear_offset?: number | undefined;
          duration_seconds?: number | undefined;
          tolerance_seconds?: number | undefined;
        };
      }
    | {
        name: string;
        device_id?: string | undefined;
        scope?: { device_id?: string | undefined; device_type?: string | undefined; location?: string | undefined } | undefined;
        severity: 'info' | 'warning' | 'critical';
        message?: string | undefined;
        actions?: Schemas['Action'][] | undefined;
        active?:
          | {
              timezone: string;
              days?: ('mon' | 'tue' | 'wed' | 'thu' | 'fri' | 'sat' | 'sun')[] | undefined;
              from?: string | undefined;
              to?: string | undefined;
            }
          | undefined;
        cooldown_seconds?: number | undefined;
        min_quality?: number | undefined;
        lateness_seconds?: number | undefined;
        priority?: number | undefined;
        enabled?: boolean | undefined;
        rule_type: 'schedule';
        conditions: {
          schedule: string;
          timezone: string;
          check: 'device_offline' | 'no_data' | 'always';
          offline_seconds?: number | undefined;
          key?: string | undefined;
          seconds?: number | undefined;
        };
      }
    | {
        name: string;
        device_id?: string | undefined;
        scope?: { device_id?: string | undefined; device_type?: string | undefined; location?: string | undefined } | undefined;
        severity: 'info' | 'warning' | 'critical';
        message?: string | undefined;
        actions?: Schemas['Action'][] | undefined;
        active?:
          | {
              timezone: string;
              days?: ('mon' | 'tue' | 'wed' | 'thu' | 'fri' | 'sat' | 'sun')[] | undefined;
              from?: string | undefined;
              to?: string | undefined;
            }
          | undefined;
        cooldown_seconds?: number | undefined;
        min_quality?: number | undefined;
        lateness_seconds?: number | undefined;
        priority?: number | undefined;
        enabled?: boolean | undefined;
        rule_type: 'statistical';
        conditions: {
          key: string;
          function: 'avg' | 'min' | 'max' | 'stddev' | 'sum' | 'count' | 'median' | 'p95' | 'rate';
          window: number | string;
          operator: '>' | '<' | '>=' | '<=' | '==' | '!=';
          value: number;
          clear_value?: number | undefined;
          min_samples?: number | undefined;
        };
      };
  Action:
    | Schemas['EmailAction']
    | Schemas['WebhookAction']
    | Schemas['MqttAction']
    | Schemas['CommandAction']
    | Schemas['N8nAction']
    | Schemas['FlowAction']
    | Schemas['ScriptAction'];
  EmailAction: {
    type: 'email';
    recipients: string[];
    subject?: string | undefined;
    text?: string | undefined;
    timezone?: string | undefined;
    on?: ('raised' | 'resolved')[] | undefined;
  };
  WebhookAction: {
    type: 'webhook';
    url: string;
    headers?: { [name: string]: string } | undefined;
    on?: ('raised' | 'resolved')[] | undefined;
  };
  MqttAction: {
    type: 'mqtt';
    topic: string;
    payload?: string | undefined;
    qos?: 0 | 1 | 2 | undefined;
    retain?: boolean | undefined;
    on?: ('raised' | 'resolved')[] | undefined;
  };
  CommandAction: {
    type: 'command';
    device_id?: string | undefined;
    command: string;
    params?: { [name: string]: unknown } | undefined;
    timeout_seconds?: number | undefined;
    on?: ('raised' | 'resolved')[] | undefined;
  };
  N8nAction: { type: 'n8n'; url: string; header?: { name: string; value: string } | undefined; on?: ('raised' | 'resolved')[] | undefined };
  FlowAction: { type: 'flow'; entry: string; on?: ('raised' | 'resolved')[] | undefined };
  ScriptAction: { type: 'script'; program: string; args?: string[] | undefined; on?: ('raised' | 'resolved')[] | undefined };
  StoredBacktest: {
    device_id?: string | undefined;
    start: string;
    end: string;
    compare_with?: Schemas['ComparedRule'] | undefined;
    wait_seconds?: number | undefined;
    rule?: Schemas['RuleInput'] | undefined;
  };
  RuleExport: { format: 'insa-rules'; version: 1; exported_at?: string | undefined; rules: Schemas['RuleInput'][] };
  UnsavedRuleTestRequest: {
    rule: Schemas['RuleInput'];
    device_id?: string | undefined;
    values?:
      | {
          [name: string]:
            number | boolean | string | { value: number | boolean | string; timestamp?: string | undefined; quality?: number | undefined };
        }
      | undefined;
    at?: string | undefined;
  };
  RuleTestRequest: {
    device_id?: string | undefined;
    values?:
      | {
          [name: string]:
            number | boolean | string | { value: number | boolean | string; timestamp?: string | undefined; quality?: number | undefined };
        }
      | undefined;
    at?: string | undefined;
  };
  RulePatch: { [name: string]: unknown };
  RuleToggle: { enabled?: boolean | undefined };
  AlertAction: { note?: string | undefined };
  AlertNote: { note: string };
  NewWebhook: { url: string; name: string };
  PatchWebhook: { name?: string | undefined; enabled?: boolean | undefined };
  RotateWebhook: { overlap_seconds?: number | undefined };
  TestWebhook: { url: string; headers?: { [name: string]: string } | undefined };
  DashboardInput: {
    name: string;
    description?: string | undefined;
    layout?: { [name: string]: Schemas['WidgetPosition'] } | undefined;
    widgets?: Schemas['Widget'][] | undefined;
    is_public?: boolean | undefined;
  };
  WidgetPosition: { x: number; y: number; w: number; h: number };
  Widget: {
    id: string;
    type:
      | 'value'
      | 'chart'
      | 'gauge'
      | 'status'
      | 'alerts'
      | 'table'
      | 'map'
      | 'text'
      | 'statistics'
      | 'trend'
      | 'timeseries'
      | 'correlation'
      | 'forecast';
    title?: string | undefined;
    series?: { device_id: string; key: string }[] | undefined;
    selector?: Schemas['DeviceSelector'] | undefined;
    keys?: string[] | undefined;
    options?: { [name: string]: unknown } | undefined;
  };
  DeviceSelector: {
    type?: string | undefined;
    location?: string | undefined;
    area?: string | undefined;
    search?: string | undefined;
    metadata?: { [name: string]: string | number | boolean } | undefined;
  };
  ReplaceDashboard: {
    name: string;
    description?: string | undefined;
    layout?: { [name: string]: Schemas['WidgetPosition'] } | undefined;
    widgets?: Schemas['Widget'][] | undefined;
    is_public?: boolean | undefined;
    version: number;
  };
  PatchDashboard: {
    name?: string | undefined;
    description?: string | undefined;
    layout?: { [name: string]: Schemas['WidgetPosition'] } | undefined;
    widgets?: Schemas['Widget'][] | undefined;
    is_public?: boolean | undefined;
    version: number;
  };
  EmailTest: {
    recipients?: string[] | undefined;
    subject?: string | undefined;
    text?: string | undefined;
    timezone?: string | undefined;
    recipient?: string | undefined;
  };
  FlowImport: {
    flows: Schemas['FlowNode'][];
    mode: 'merge' | 'replace';
    tab?: string | undefined;
    dry_run?: boolean | undefined;
    note?: string | undefined;
    expected_version?: string | undefined;
  };
  FlowNode: {
    id: string;
    type: string;
    z?: string | undefined;
    credentials?: { [name: string]: string } | undefined;
    [name: string]: unknown;
  };
  FlowRollback: { dry_run?: boolean | undefined; note?: string | undefined; expected_version?: string | undefined };
  OpenEndpoints: { endpoints: Schemas['OpenEndpoint'][] };
  OpenEndpoint: { method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'; path: string };
  Problem: {
    type: string;
    title: string;
    status: number;
    code: string;
    detail: string;
    remedy: string;
    instance?: string | undefined;
    request_id?: string | undefined;
    errors?: { field: string; message: string }[] | undefined;
    [name: string]: unknown;
  };
  Tokens: { access_token: string; token_type: 'Bearer'; expires_in: number; refresh_token: string; must_change_password: boolean };
  Me: {
    id: string;
    username: string;
    role: string;
    roles: string[];
    tenant_id: string;
    permissions: string[];
    must_change_password: boolean;
  };
  User: {
    id: string;
    username: string;
    email: string | null;
    display_name: string | null;
    roles: string[];
    disabled: boolean;
    must_change_password: boolean;
    last_login_at: string | null;
    created_at: string;
    updated_at: string;
  };
  CreatedUser: {
    id: string;
    username: string;
    email: string | null;
    display_name: string | null;
    roles: string[];
    disabled: boolean;
    must_change_password: boolean;
    last_login_at: string | null;
    created_at: string;
    updated_at: string;
    password?: string | undefined;
  };
  PasswordReset: { must_change_password: true; password?: string | undefined };
  Role: {
    id: string;
    name: string;
    description: string;
    permissions: string[];
    built_in: boolean;
    created_at: string | null;
    updated_at: string | null;
  };
  Device: {
    device_id: string;
    name: string;
    type: string;
    location: string;
    area: string;
    metadata: { [name: string]: unknown };
    allowed_commands: string[];
    offline_seconds: number | null;
    status: 'unknown' | 'online' | 'offline' | 'error';
    status_at: string | null;
    last_seen_at: string | null;
    origin: 'user' | 'gateway' | 'certificate' | 'demo';
    created_at: string;
    updated_at: string;
  };
  DeviceStatus: {
    device_id: string;
    status: 'unknown' | 'online' | 'offline' | 'error';
    status_at: string | null;
    last_seen_at: string | null;
  };
  DeviceImport: { dry_run: boolean; created: number; updated: number; skipped: number; items: Schemas['ImportedDevice'][] };
  ImportedDevice: {
    line: number;
    device_id: string;
    name: string;
    result: 'created' | 'updated' | 'skipped';
    credential_id: string | null;
    key: string | null;
  };
  DeviceConfig: {
    device_id: string;
    version: number;
    config: { [name: string]: unknown };
    updated_by: string | null;
    updated_at: string | null;
  };
  PushedDeviceConfig: {
    device_id: string;
    version: number;
    config: { [name: string]: unknown };
    updated_by: string | null;
    updated_at: string | null;
    published: boolean;
  };
  Command: {
    id: string;
    device_id: string;
    command: string;
    params: { [name: string]: unknown };
    status: 'sent' | 'not_delivered' | 'completed' | 'failed' | 'timed_out';
    reason: string | null;
    timeout_seconds: number;
    sent_by: string;
    created_at: string;
    due_at: string;
    answer: 'completed' | 'failed' | null;
    result: unknown;
    answered_at: string | null;
    late: boolean;
  };
  Series: {
    key: string;
    kind: 'number' | 'boolean' | 'text';
    unit: string | null;
    display_name: string | null;
    decimals: number | null;
    lower_limit: number | null;
    upper_limit: number | null;
    last_at: string | null;
    usual_seconds: number | null;
  };
  Credential: {
    id: string;
    name: string;
    prefix: string;
    created_at: string;
    expires_at: string | null;
    last_used_at: string | null;
    hourly_limit: number | null;
    created_by: string | null;
    replaced_by: string | null;
  };
  IssuedCredential: { id: string; key: string; prefix: string };
  RotatedKey: { id: string; key: string; prefix: string; expires_at: string | null; replaces: string; replaced_expires_at: string };
  ApiKey: {
    id: string;
    name: string;
    kind: 'gateway' | 'program';
    prefix: string;
    permissions: string[];
    auto_register: boolean;
    created_at: string;
    expires_at: string | null;
    last_used_at: string | null;
    hourly_limit: number | null;
    created_by: string | null;
    replaced_by: string | null;
  };
  AuditLine: {
    id: string;
    at: string;
    actor: string;
    action: string;
    target: string | null;
    outcome: 'ok' | 'refused' | 'failed';
    address: string | null;
    details: { [name: string]: unknown };
  };
  TelemetryResult: { stored: number; duplicates: number; rejected: Schemas['RejectedPoint'][] };
  RejectedPoint: {
    index: number;
    field: string | null;
    reason:
      | 'malformed_json'
      | 'too_deep'
      | 'too_large'
      | 'too_many_keys'
      | 'too_many_points'
      | 'empty_message'
      | 'invalid_device_id'
      | 'unknown_device'
      | 'invalid_key'
      | 'invalid_value'
      | 'nested_value'
      | 'value_out_of_range'
      | 'text_too_long'
      | 'invalid_timestamp'
      | 'timestamp_in_future'
      | 'timestamp_too_old'
      | 'invalid_unit'
      | 'invalid_quality'
      | 'kind_mismatch'
      | 'unit_mismatch'
      | 'too_many_series'
      | 'conflict'
      | 'not_settled'
      | 'untrusted_source'
      | 'forbidden'
      | 'database_refused'
      | 'invalid_response'
      | 'unknown_command';
    message: string;
  };
  TelemetryItem: {
    device_id: string;
    key: string;
    timestamp: string;
    value: number | boolean | string;
    unit: string | null;
    quality: number;
  };
  AggregateItem: {
    device_id: string;
    key: string;
    unit: string | null;
    start: string;
    avg?: number | null | undefined;
    min?: number | null | undefined;
    max?: number | null | undefined;
    sum?: number | null | undefined;
    count?: number | undefined;
    stddev?: number | null | undefined;
  };
  AccountSummary: {
    messages: number;
    received: number;
    stored: number;
    duplicates: number;
    rejected: number;
    conflicts: number;
    judged: number;
    history: number;
    waiting: number;
    unaccounted: number;
    numbered: number;
    missing: number;
    restarts: number;
    unreadable_numbers: number;
    device_id: string;
    expected: number | null;
  };
  DeviceAccount: {
    device_id: string;
    start: string;
    end: string;
    expected: number | null;
    totals: {
      messages: number;
      received: number;
      stored: number;
      duplicates: number;
      rejected: number;
      conflicts: number;
      judged: number;
      history: number;
      waiting: number;
      unaccounted: number;
      numbered: number;
      missing: number;
      restarts: number;
      unreadable_numbers: number;
    };
    hours: Schemas['AccountHour'][];
  };
  AccountHour: {
    messages: number;
    received: number;
    stored: number;
    duplicates: number;
    rejected: number;
    conflicts: number;
    judged: number;
    history: number;
    waiting: number;
    unaccounted: number;
    numbered: number;
    missing: number;
    restarts: number;
    unreadable_numbers: number;
    hour: string;
    first_number: number | null;
    last_number: number | null;
  };
  RejectedMessage: {
    id: string;
    received_at: string;
    device_id: string | null;
    source: string;
    topic: string | null;
    reason:
      | 'malformed_json'
      | 'too_deep'
      | 'too_large'
      | 'too_many_keys'
      | 'too_many_points'
      | 'empty_message'
      | 'invalid_device_id'
      | 'unknown_device'
      | 'invalid_key'
      | 'invalid_value'
      | 'nested_value'
      | 'value_out_of_range'
      | 'text_too_long'
      | 'invalid_timestamp'
      | 'timestamp_in_future'
      | 'timestamp_too_old'
      | 'invalid_unit'
      | 'invalid_quality'
      | 'kind_mismatch'
      | 'unit_mismatch'
      | 'too_many_series'
      | 'conflict'
      | 'not_settled'
      | 'untrusted_source'
      | 'forbidden'
      | 'database_refused'
      | 'invalid_response'
      | 'unknown_command';
    message: string;
    field: string | null;
    raw: string;
    size_bytes: number;
  };
  TelemetryColumns: {
    device_id: string;
    key: string;
    kind: 'number' | 'boolean' | 'text';
    unit: string | null;
    timestamps: string[];
    values: (number | boolean | string)[];
    qualities: number[];
    next_cursor: string | null;
  };
  SeriesStatistics: {
    device_id: string;
    key: string;
    unit: string | null;
    start: string;
    end: string;
    source: 'readings' | 'minutes';
    count: number;
    interval_seconds: number | null;
    undefined_because: { [name: string]: string };
    mean: number | null;
    median: number | null;
    stddev: number | null;
    variance: number | null;
    min: number | null;
    max: number | null;
    range: number | null;
    percentiles: { [name: string]: number | null };
    interquartile_range: number | null;
    coefficient_of_variation: number | null;
  };
  SeriesTrend: {
    device_id: string;
    key: string;
    unit: string | null;
    start: string;
    end: string;
    source: 'readings' | 'minutes';
    count: number;
    interval_seconds: number | null;
    undefined_because: { [name: string]: string };
    trend: 'increasing' | 'decreasing' | 'stable' | null;
    slope_per_minute: number | null;
    r_squared: number | null;
    p_value: number | null;
    autocorrelation: number | null;
    effective_count: number | null;
    adjusted_p_value: number | null;
    threshold_per_minute: number;
    value_at_start: number | null;
    value_at_end: number | null;
    mean: number | null;
    stddev: number | null;
    min: number | null;
    max: number | null;
  };
  AnalysedTimeSeries: {
    device_id: string;
    key: string;
    unit: string | null;
    start: string;
    end: string;
    interval_seconds: number | null;
    min_value: number | null;
    max_value: number | null;
    moving_average_over: string;
    gap_seconds: number | null;
    items: { at: string; value: number; moving_average: number | null; rate_per_minute: number | null; after_gap: boolean }[];
    next_cursor: string | null;
  };
  SeriesForecast: {
    device_id: string;
    key: string;
    unit: string | null;
    start: string;
    end: string;
    source: 'readings' | 'minutes';
    count: number;
    interval_seconds: number | null;
    undefined_because: { [name: string]: string };
    model: 'linear' | 'holt_winters' | null;
    season_seconds: number | null;
    fitted_steps: number;
    filled_steps: number;
    confidence: number;
    steps: { at: string; mean: number; low: number; high: number }[];
    rmse: number | null;
    r_squared: number | null;
    backtest: { steps: number; rmse: number; mae: number; naive: { rmse: number; mae: number }; better_than_naive: boolean } | null;
    limit: { value: number; earliest: string | null; expected: string | null; latest: string | null } | null;
  };
  Correlation: {
    start: string;
    end: string;
    paired_by: 'bucket' | 'nearest';
    bucket_seconds: number | null;
    tolerance_seconds: number | null;
    pairs: {
      first: { device_id: string; key: string; unit: string | null };
      second: { device_id: string; key: string; unit: string | null };
      n: number;
      r: number | null;
      covariance: number | null;
      p_value: number | null;
      strength: 'negligible' | 'small' | 'medium' | 'large' | null;
      is_significant: boolean | null;
      needed_n: number | null;
      is_sample_enough: boolean | null;
      best_lag: { seconds: number; r: number; n: number } | null;
      undefined_because: { [name: string]: string };
    }[];
  };
  Backtest: {
    id: string;
    status: 'running' | 'done' | 'failed' | 'cancelled';
    progress: number;
    ahead: number | null;
    error: string | null;
    result: Schemas['BacktestResult'] | null;
  };
  BacktestResult: {
    start: string;
    end: string;
    devices: number;
    points: number;
    took_seconds: number;
    run: Schemas['BacktestRun'];
    compared: Schemas['BacktestRun'] | null;
    difference: Schemas['BacktestDifference'] | null;
    series: Schemas['BacktestSeries'][];
    notes: string[];
  };
  BacktestRun: { summary: Schemas['BacktestSummary']; alerts: Schemas['BacktestAlert'][]; alerts_left_off: number };
  BacktestSummary: {
    alerts: number;
    alerts_per_day: number;
    longest_seconds: number;
    alarm_seconds: number;
    alarm_share: number;
    chatter: number;
  };
  BacktestAlert: {
    device_id: string;
    raised_at: string;
    since: string;
    cleared_at: string | null;
    value: number | boolean | string | null;
    occurrences: number;
  };
  BacktestDifference: { added: number; removed: number; earlier_seconds: number; text: string };
  BacktestSeries: {
    device_id: string;
    key: string;
    of: 'reading' | 'figure' | 'compared_figure';
    unit: string | null;
    at_ms: number[];
    min: number[];
    max: number[];
  };
  RuleImport: {
    created: { id: string; name: string; version: number }[];
    replaced: { id: string; name: string; version: number }[];
    skipped: { id: string; name: string; version: number }[];
  };
  RuleTest: {
    decision: 'raises' | 'stays_active' | 'clears' | 'waits' | 'nothing' | 'not_judged' | 'out_of_scope';
    would_raise: boolean;
    device_id: string;
    at: string;
    message: string | null;
    steps: Schemas['ExplanationStep'][];
    inputs: Schemas['RuleTestInput'][];
  };
  ExplanationStep: { step: string; outcome: 'passed' | 'stopped' | 'info'; text: string };
  RuleTestInput: {
    device_id: string;
    key: string;
    value: number | boolean | string | null;
    unit: string | null;
    at: string | null;
    quality: number | null;
    given: boolean;
  };
  Rule: {
    id: string;
    origin: 'stored' | 'flow';
    node_id: string | null;
    editor_url: string | null;
    version: number;
    name: string;
    rule_type: 'threshold' | 'comparison' | 'schedule' | 'statistical';
    scope: Schemas['RuleScope'];
    conditions:
      Schemas['ThresholdConditions'] | Schemas['ComparisonConditions'] | Schemas['ScheduleConditions'] | Schemas['StatisticalConditions'];
    severity: 'info' | 'warning' | 'critical';
    message: string;
    actions: Schemas['StoredAction'][];
    active: Schemas['ActiveHours'] | null;
    cooldown_seconds: number;
    min_quality: number;
    lateness_seconds: number;
    priority: number;
    enabled: boolean;
    trigger_count: number;
    last_triggered: string | null;
    created_at: string;
    updated_at: string;
    updated_by: string | null;
  };
  RuleScope: { device_id?: string | undefined; device_type?: string | undefined; location?: string | undefined };
  ThresholdConditions: {
    key: string;
    operator: '>' | '<' | '>=' | '<=' | '==' | '!=';
    value: number;
    duration_seconds?: number | undefined;
    clear_value?: number | undefined;
  };
  ComparisonConditions: {
    left: { device_id?: string | undefined; key: string };
    operator: '>' | '<' | '>=' | '<=' | '==' | '!=';
    right: { device_id?: string | undefined; key: string };
    offset?: number | undefined;
    clear_offset?: number | undefined;
    duration_seconds?: number | undefined;
    tolerance_seconds?: number | undefined;
  };
  ScheduleConditions: {
    schedule: string;
    timezone: string;
    check: 'device_offline' | 'no_data' | 'always';
    offline_seconds?: number | undefined;
    key?: string | undefined;
    seconds?: number | undefined;
  };
  StatisticalConditions: {
    key: string;
    function: 'avg' | 'min' | 'max' | 'stddev' | 'sum' | 'count' | 'median' | 'p95' | 'rate';
    window: number | string;
    operator: '>' | '<' | '>=' | '<=' | '==' | '!=';
    value: number;
    clear_value?: number | undefined;
    min_samples?: number | undefined;
  };
  StoredAction: { type: string; [name: string]: unknown };
  ActiveHours: {
    timezone: string;
    days?: ('mon' | 'tue' | 'wed' | 'thu' | 'fri' | 'sat' | 'sun')[] | undefined;
    from?: string | undefined;
    to?: string | undefined;
  };
  RuleVersion: { version: number; created_at: string; created_by: string | null; definition: { [name: string]: unknown } };
  Alert: {
    id: string;
    rule_id: string;
    rule_version: number;
    rule_name: string;
    device_id: string;
    key: string;
    severity: 'info' | 'warning' | 'critical';
    status: 'active' | 'acknowledged' | 'resolved';
    message: string;
    value: number | boolean | string | null;
    threshold: number | null;
    unit: string | null;
    occurrences: number;
    raised_at: string;
    known_at: string;
    last_value: number | boolean | string | null;
    last_at: string;
    acknowledged_by: string | null;
    acknowledged_at: string | null;
    resolved_by: string | null;
    resolved_at: string | null;
    request_id?: string | null | undefined;
  };
  AlertStats: {
    start: string;
    end: string;
    open: {
      total: number;
      by_status: { active: number; acknowledged: number };
      by_severity: { info: number; warning: number; critical: number };
    };
    raised: {
      total: number;
      by_status: { active: number; acknowledged: number; resolved: number };
      by_severity: { info: number; warning: number; critical: number };
    };
    bucket: 'hour' | 'day';
    raised_per_bucket: { start: string; total: number; info: number; warning: number; critical: number }[];
    top_devices: { by_open: Schemas['AlertsOfDevice'][]; by_raised: Schemas['AlertsOfDevice'][] };
    top_rules: { by_open: Schemas['AlertsOfRule'][]; by_raised: Schemas['AlertsOfRule'][] };
    time_to_acknowledge_seconds: Schemas['MeanSeconds'];
    time_to_resolve_seconds: Schemas['MeanSeconds'];
  };
  AlertsOfDevice: { device_id: string; open: number; raised: number };
  AlertsOfRule: { rule_id: string; rule_name: string; open: number; raised: number };
  MeanSeconds: { mean: number | null; count: number };
  AlertDetail: {
    id: string;
    rule_id: string;
    rule_version: number;
    rule_name: string;
    device_id: string;
    key: string;
    severity: 'info' | 'warning' | 'critical';
    status: 'active' | 'acknowledged' | 'resolved';
    message: string;
    value: number | boolean | string | null;
    threshold: number | null;
    unit: string | null;
    occurrences: number;
    raised_at: string;
    known_at: string;
    last_value: number | boolean | string | null;
    last_at: string;
    acknowledged_by: string | null;
    acknowledged_at: string | null;
    resolved_by: string | null;
    resolved_at: string | null;
    request_id?: string | null | undefined;
    history: Schemas['AlertHistory'][];
  };
  AlertHistory: { at: string; change: string; actor: string; note: string | null; occurrences?: number | undefined };
  AlertExplanation: {
    alert_id: string;
    rule: {
      id: string;
      name: string;
      version: number;
      origin: 'stored' | 'flow' | null;
      definition: { [name: string]: unknown } | null;
      current_version: number | null;
      state: 'unchanged' | 'changed' | 'disabled' | 'removed' | 'built_in';
    };
    decided: { at: string; since: string; known_at: string };
    compared: { device_id: string; key: string; value: number | boolean | string | null; at: string; unit: string | null }[];
    sentence: string;
    steps: Schemas['ExplanationStep'][];
    suppressed: { what: string; why: string }[];
  };
  Notification: {
    id: string;
    event: 'raised' | 'resolved' | 'device_offline' | 'device_online' | 'daily_report' | 'rule_summary' | 'test';
    channel: 'email' | 'webhook' | 'mqtt' | 'command' | 'n8n' | 'flow' | 'script';
    recipient: string;
    alert_id: string | null;
    device_id: string | null;
    rule_id: string | null;
    status: 'pending' | 'delivered' | 'failed';
    attempts: number;
    created_at: string;
    next_attempt_at: string | null;
    finished_at: string | null;
    reason: string | null;
    request_id?: string | null | undefined;
  };
  NotificationDetail: {
    id: string;
    event: 'raised' | 'resolved' | 'device_offline' | 'device_online' | 'daily_report' | 'rule_summary' | 'test';
    channel: 'email' | 'webhook' | 'mqtt' | 'command' | 'n8n' | 'flow' | 'script';
    recipient: string;
    alert_id: string | null;
    device_id: string | null;
    rule_id: string | null;
    status: 'pending' | 'delivered' | 'failed';
    attempts: number;
    created_at: string;
    next_attempt_at: string | null;
    finished_at: string | null;
    reason: string | null;
    request_id?: string | null | undefined;
    log: Schemas['NotificationAttempt'][];
  };
  NotificationAttempt: { attempt: number; at: string; duration_ms: number; outcome: 'delivered' | 'retry' | 'failed'; reason: string };
  Webhook: {
    id: string;
    url: string;
    name: string;
    enabled: boolean;
    disabled_at: string | null;
    disabled_reason: string | null;
    has_own_secret: boolean;
    previous_secret_until: string | null;
    created_at: string;
    updated_at: string;
    updated_by: string;
  };
  WebhookWithSecret: {
    id: string;
    url: string;
    name: string;
    enabled: boolean;
    disabled_at: string | null;
    disabled_reason: string | null;
    has_own_secret: boolean;
    previous_secret_until: string | null;
    created_at: string;
    updated_at: string;
    updated_by: string;
    secret: string;
  };
  TestWebhookResult: {
    delivered: boolean;
    reason: string;
    would_retry: boolean;
    duration_ms: number;
    addresses: string[];
    connected_to: string | null;
    request: { line: string; headers: { [name: string]: string }; body: string };
    response: { status: number; headers: { [name: string]: string }; body: string; cut: boolean } | null;
  };
  DashboardSummary: {
    id: string;
    name: string;
    description: string;
    is_public: boolean;
    owner: string | null;
    owner_id: string | null;
    version: number;
    created_at: string;
    updated_at: string;
    updated_by: string;
    widget_count: number;
  };
  Dashboard: {
    id: string;
    name: string;
    description: string;
    is_public: boolean;
    owner: string | null;
    owner_id: string | null;
    version: number;
    created_at: string;
    updated_at: string;
    updated_by: string;
    layout: { [name: string]: Schemas['WidgetPosition'] };
    widgets: Schemas['WidgetOutput'][];
  };
  EmailTestResult: {
    delivered: boolean;
    reason: string;
    refused: string[];
    server: string | null;
    message_id: string | null;
    duration_ms: number;
    conversation: { from: 'client' | 'server' | 'connection'; text: string }[];
  };
  Connection: { mqtt_port: number | null; mqtt_tls_port: number | null; mqtt_websocket_path: string; topic_root: string };
  SystemStatus: {
    status: 'healthy' | 'degraded' | 'unhealthy';
    timestamp: string;
    messages_per_second: number | null;
    rules_active: number | null;
    database: { state: 'ok' | 'attention' | 'failed' | 'off'; since: string | null; detail: string | null };
    broker: { state: 'ok' | 'attention' | 'failed' | 'off'; since: string | null; detail: string | null; clients: number | null };
    flows: { state: 'ok' | 'attention' | 'failed' | 'off'; since: string | null; detail: string | null };
    notifications: {
      state: 'ok' | 'attention' | 'failed' | 'off';
      since: string | null;
      detail: string | null;
      waiting: number | null;
      failed: number | null;
    };
    email: {
      state: 'ok' | 'attention' | 'failed' | 'off';
      since: string | null;
      detail: string | null;
      last_error: { at: string; reason: string } | null;
    };
    disk: { state: 'ok' | 'attention' | 'failed' | 'off'; since: string | null; detail: string | null; free_bytes: number | null };
  };
  Flows: { version: string; flows: Schemas['DeployedNode'][] };
  DeployedNode: { id: string; type: string; [name: string]: unknown };
  FlowFile: Schemas['DeployedNode'][];
  FlowDeployment: {
    deployed: boolean;
    version: string;
    number: number | null;
    difference: Schemas['FlowDifference'];
    problems: Schemas['FlowProblem'][];
  };
  FlowDifference: {
    summary: string;
    added: { id: string; type: string; name: string; tab: string | null }[];
    removed: { id: string; type: string; name: string; tab: string | null }[];
    changed: { id: string; type: string; name: string; tab: string | null; properties: string[] }[];
    moved: { id: string; type: string; name: string; tab: string | null }[];
    tabs: { tab: string | null; added: number; removed: number; changed: number; moved: number }[];
  };
  FlowProblem: {
    kind: 'duplicate_id' | 'unknown_type' | 'broken_wire' | 'missing_tab' | 'missing_config_node' | 'invalid_config';
    node_id: string;
    field: string;
    message: string;
  };
  FlowVersion: {
    id: string;
    number: number;
    created_at: string;
    author: string;
    origin: 'editor' | 'api' | 'rollback' | 'platform';
    summary: string;
    note: string | null;
    rolled_back_from: number | null;
  };
  FlowVersionDetail: {
    id: string;
    number: number;
    created_at: string;
    author: string;
    origin: 'editor' | 'api' | 'rollback' | 'platform';
    summary: string;
    note: string | null;
    rolled_back_from: number | null;
    flows: Schemas['FlowFile'];
    difference: Schemas['FlowDifference'] | null;
  };
  WidgetOutput: {
    id: string;
    type:
      | 'value'
      | 'chart'
      | 'gauge'
      | 'status'
      | 'alerts'
      | 'table'
      | 'map'
      | 'text'
      | 'statistics'
      | 'trend'
      | 'timeseries'
      | 'correlation'
      | 'forecast';
    title: string;
    series: { device_id: string; key: string }[];
    selector?: Schemas['DeviceSelector'] | undefined;
    keys?: string[] | undefined;
    options: { [name: string]: unknown };
  };
}

/** Every route: what it takes in its path, its query and its body, and what it answers. */
export interface Endpoints {
  /** Log in. */
  'POST /auth/login': { response: Schemas['Tokens']; body: Schemas['Login'] };
  /** Exchange a refresh token for new tokens. */
  'POST /auth/refresh': { response: Schemas['Tokens']; body: Schemas['Refresh'] };
  /** Log out. */
  'POST /auth/logout': { response: undefined; body?: Schemas['Logout'] };
  /** Who am I, and what may I do. */
  'GET /auth/me': { response: Schemas['Me'] };
  /** Change my password. */
  'PUT /auth/password': { response: Schemas['Tokens']; body: Schemas['ChangePassword'] };
  /** List users. */
  'GET /users': {
    response: { items: Schemas['User'][]; next_cursor: string | null };
    query?: {
      limit?: number | undefined;
      cursor?: string | undefined;
      search?: string | undefined;
      role?: string | undefined;
      disabled?: 'true' | 'false' | undefined;
    };
  };
  /** Make a user. */
  'POST /users': { response: Schemas['CreatedUser']; body: Schemas['CreateUser'] };
  /** Make a user (the same as POST /users). */
  'POST /auth/register': { response: Schemas['CreatedUser']; body: Schemas['CreateUser'] };
  /** One user. */
  'GET /users/{id}': { response: Schemas['User']; params: { id: string } };
  /** Replace the record of a user. */
  'PUT /users/{id}': { response: Schemas['User']; params: { id: string }; body: Schemas['ReplaceUser'] };
  /** Change fields of a user. */
  'PATCH /users/{id}': { response: Schemas['User']; params: { id: string }; body: Schemas['PatchUser'] };
  /** Remove a user. */
  'DELETE /users/{id}': { response: undefined; params: { id: string } };
  /** Give a user roles. */
  'POST /users/{id}/roles': { response: Schemas['User']; params: { id: string }; body: Schemas['AssignRoles'] };
  /** Give a user a new password. */
  'POST /users/{id}/password': { response: Schemas['PasswordReset']; params: { id: string }; body?: Schemas['ResetPassword'] };
  /** List roles. */
  'GET /roles': {
    response: { items: Schemas['Role'][]; next_cursor: string | null };
    query?: { limit?: number | undefined; cursor?: string | undefined };
  };
  /** Make a role of permissions. */
  'POST /roles': { response: Schemas['Role']; body: Schemas['WriteRole'] };
  /** One role. */
  'GET /roles/{id}': { response: Schemas['Role']; params: { id: string } };
  /** Replace a role. */
  'PUT /roles/{id}': { response: Schemas['Role']; params: { id: string }; body: Schemas['WriteRole'] };
  /** Change fields of a role. */
  'PATCH /roles/{id}': { response: Schemas['Role']; params: { id: string }; body: Schemas['PatchRole'] };
  /** Remove a role that nobody holds. */
  'DELETE /roles/{id}': { response: undefined; params: { id: string } };
  /** List devices. */
  'GET /devices': {
    response: { items: Schemas['Device'][]; next_cursor: string | null };
    query?: {
      limit?: number | undefined;
      cursor?: string | undefined;
      search?: string | undefined;
      type?: string | undefined;
      location?: string | undefined;
      area?: string | undefined;
      status?: 'unknown' | 'online' | 'offline' | 'error' | undefined;
    };
  };
  /** Create a device. */
  'POST /devices': { response: Schemas['Device']; body: Schemas['CreateDevice'] };
  /** One device. */
  'GET /devices/{device_id}': { response: Schemas['Device']; params: { device_id: string } };
  /** Replace the record of a device. */
  'PUT /devices/{device_id}': { response: Schemas['Device']; params: { device_id: string }; body: Schemas['ReplaceDevice'] };
  /** Change fields of a device. */
  'PATCH /devices/{device_id}': { response: Schemas['Device']; params: { device_id: string }; body: Schemas['PatchDevice'] };
  /** Remove a device. */
  'DELETE /devices/{device_id}': { response: undefined; params: { device_id: string } };
  /** Whether a device is there. */
  'GET /devices/{device_id}/status': { response: Schemas['DeviceStatus']; params: { device_id: string } };
  /** Import devices from CSV. */
  'POST /devices/import': {
    response: Schemas['DeviceImport'] | string;
    query?: { dry_run?: 'true' | 'false' | undefined; existing?: 'refuse' | 'skip' | 'update' | undefined };
    body: string;
  };
  /** The configuration of a device. */
  'GET /devices/{device_id}/config': { response: Schemas['DeviceConfig']; params: { device_id: string } };
  /** Push a configuration to a device. */
  'POST /devices/{device_id}/config': {
    response: Schemas['PushedDeviceConfig'];
    params: { device_id: string };
    body: { [name: string]: unknown };
  };
  /** Commands to a device. */
  'GET /devices/{device_id}/commands': {
    response: { items: Schemas['Command'][]; next_cursor: string | null };
    params: { device_id: string };
    query?: {
      limit?: number | undefined;
      cursor?: string | undefined;
      status?: 'sent' | 'not_delivered' | 'completed' | 'failed' | 'timed_out' | undefined;
    };
  };
  /** Send a command to a device. */
  'POST /devices/{device_id}/commands': {
    response: Schemas['Command'];
    params: { device_id: string };
    query?: { wait_seconds?: string | undefined };
    body: Schemas['SendCommand'];
  };
  /** One command. */
  'GET /devices/{device_id}/commands/{id}': { response: Schemas['Command']; params: { device_id: string; id: string } };
  /** The quantities of a device. */
  'GET /devices/{device_id}/series': {
    response: { items: Schemas['Series'][]; next_cursor: string | null };
    params: { device_id: string };
    query?: { limit?: number | undefined; cursor?: string | undefined };
  };
  /** Change how quantities of a device are shown. */
  'PATCH /devices/{device_id}/series': {
    response: { items: Schemas['Series'][] };
    params: { device_id: string };
    body: Schemas['PatchSeries'];
  };
  /** The keys of a device. */
  'GET /devices/{device_id}/credentials': {
    response: { items: Schemas['Credential'][]; next_cursor: string | null };
    params: { device_id: string };
    query?: { limit?: number | undefined; cursor?: string | undefined };
  };
  /** Issue a key for a device. */
  'POST /devices/{device_id}/credentials': {
    response: Schemas['IssuedCredential'];
    params: { device_id: string };
    body?: Schemas['CreateCredential'];
  };
  /** Give a device a new key in place of one. */
  'POST /devices/{device_id}/credentials/{id}/rotate': {
    response: Schemas['RotatedKey'];
    params: { device_id: string; id: string };
    body?: Schemas['RotateKey'];
  };
  /** Revoke a key of a device. */
  'DELETE /devices/{device_id}/credentials/{id}': { response: undefined; params: { device_id: string; id: string } };
  /** Keys of gateways and programs. */
  'GET /api-keys': {
    response: { items: Schemas['ApiKey'][]; next_cursor: string | null };
    query?: { limit?: number | undefined; cursor?: string | undefined };
  };
  /** Issue a key for a gateway or a program. */
  'POST /api-keys': { response: Schemas['IssuedCredential']; body: Schemas['CreateApiKey'] };
  /** One key of a gateway or a program. */
  'GET /api-keys/{id}': { response: Schemas['ApiKey']; params: { id: string } };
  /** Revoke a key of a gateway or a program. */
  'DELETE /api-keys/{id}': { response: undefined; params: { id: string } };
  /** Issue a new key in place of one. */
  'POST /api-keys/{id}/rotate': { response: Schemas['RotatedKey']; params: { id: string }; body?: Schemas['RotateKey'] };
  /** The audit log. */
  'GET /audit/logs': {
    response: { items: Schemas['AuditLine'][]; next_cursor: string | null };
    query?: {
      actor?: string | undefined;
      action?: string | undefined;
      outcome?: 'ok' | 'refused' | 'failed' | undefined;
      target?: string | undefined;
      address?: string | undefined;
      start?: string | undefined;
      end?: string | undefined;
      limit?: number | undefined;
      cursor?: string | undefined;
    };
  };
  /** The audit log as CSV. */
  'GET /audit/logs/export': {
    response: string;
    query?: {
      actor?: string | undefined;
      action?: string | undefined;
      outcome?: 'ok' | 'refused' | 'failed' | undefined;
      target?: string | undefined;
      address?: string | undefined;
      start?: string | undefined;
      end?: string | undefined;
    };
  };
  /** Send telemetry. */
  'POST /telemetry': {
    response: Schemas['TelemetryResult'];
    query?: { mode?: 'history' | undefined };
    body: Schemas['TelemetryMessage'] | Schemas['TelemetryMessage'][];
  };
  /** Stored readings. */
  'GET /telemetry': {
    response: { items: Schemas['TelemetryItem'][]; next_cursor: string | null };
    query?: {
      limit?: number | undefined;
      cursor?: string | undefined;
      start?: string | undefined;
      end?: string | undefined;
      keys?: string | string[] | undefined;
      device_id?: string | undefined;
    };
  };
  /** Average, minimum, maximum, sum, count and standard deviation by the bucket. */
  'GET /telemetry/aggregate': {
    response: { items: Schemas['AggregateItem'][]; next_cursor: string | null };
    query: {
      device_id?: string | string[] | undefined;
      keys?: string | string[] | undefined;
      start?: string | undefined;
      end?: string | undefined;
      bucket: string;
      functions?: string | string[] | undefined;
      timezone?: string | undefined;
      fill?: 'null' | undefined;
      source?: 'auto' | 'raw' | undefined;
    };
  };
  /** Readings as CSV or NDJSON. */
  'GET /telemetry/export': {
    response: string;
    query?: {
      device_id?: string | string[] | undefined;
      keys?: string | string[] | undefined;
      start?: string | undefined;
      end?: string | undefined;
      format?: 'csv' | 'ndjson' | undefined;
    };
  };
  /** What became of everything that arrived, device by device. */
  'GET /telemetry/accounts': {
    response: { items: Schemas['AccountSummary'][]; next_cursor: string | null };
    query?: {
      limit?: number | undefined;
      cursor?: string | undefined;
      start?: string | undefined;
      end?: string | undefined;
      problems?: 'true' | 'false' | undefined;
    };
  };
  /** What became of everything that a device sent, hour by hour. */
  'GET /devices/{device_id}/accounts': {
    response: Schemas['DeviceAccount'];
    params: { device_id: string };
    query?: { start?: string | undefined; end?: string | undefined };
  };
  /** The newest reading of each quantity. */
  'GET /telemetry/latest': {
    response: { items: Schemas['TelemetryItem'][]; next_cursor: string | null };
    query?: {
      limit?: number | undefined;
      cursor?: string | undefined;
      device_id?: string | string[] | undefined;
      device_ids?: string | string[] | undefined;
      keys?: string | string[] | undefined;
    };
  };
  /** Messages that were refused. */
  'GET /telemetry/rejected': {
    response: { items: Schemas['RejectedMessage'][]; next_cursor: string | null };
    query?: {
      limit?: number | undefined;
      cursor?: string | undefined;
      device_id?: string | undefined;
      reason?:
        | 'malformed_json'
        | 'too_deep'
        | 'too_large'
        | 'too_many_keys'
        | 'too_many_points'
        | 'empty_message'
        | 'invalid_device_id'
        | 'unknown_device'
        | 'invalid_key'
        | 'invalid_value'
        | 'nested_value'
        | 'value_out_of_range'
        | 'text_too_long'
        | 'invalid_timestamp'
        | 'timestamp_in_future'
        | 'timestamp_too_old'
        | 'invalid_unit'
        | 'invalid_quality'
        | 'kind_mismatch'
        | 'unit_mismatch'
        | 'too_many_series'
        | 'conflict'
        | 'not_settled'
        | 'untrusted_source'
        | 'forbidden'
        | 'database_refused'
        | 'invalid_response'
        | 'unknown_command'
        | undefined;
    };
  };
  /** Stored readings of one device. */
  'GET /telemetry/{device_id}': {
    response: { items: Schemas['TelemetryItem'][]; next_cursor: string | null } | Schemas['TelemetryColumns'];
    params: { device_id: string };
    query?: {
      limit?: string | undefined;
      cursor?: string | undefined;
      start?: string | undefined;
      end?: string | undefined;
      keys?: string | string[] | undefined;
      format?: 'list' | 'columns' | undefined;
    };
  };
  /** Mean, spread, extremes and percentiles of one quantity. */
  'GET /analytics/statistics/{device_id}/{key}': {
    response: Schemas['SeriesStatistics'];
    params: { device_id: string; key: string };
    query?: {
      start?: string | undefined;
      end?: string | undefined;
      interval?: string | undefined;
      percentiles?: string | string[] | undefined;
      source?: 'readings' | 'minutes' | undefined;
    };
  };
  /** Where one quantity is going, and whether that may be chance. */
  'GET /analytics/trends/{device_id}/{key}': {
    response: Schemas['SeriesTrend'];
    params: { device_id: string; key: string };
    query?: {
      start?: string | undefined;
      end?: string | undefined;
      interval?: string | undefined;
      threshold?: string | undefined;
      source?: 'readings' | 'minutes' | undefined;
    };
  };
  /** Readings with moving average, rate of change and gaps. */
  'GET /analytics/timeseries/{device_id}/{key}': {
    response: Schemas['AnalysedTimeSeries'];
    params: { device_id: string; key: string };
    query?: {
      start?: string | undefined;
      end?: string | undefined;
      interval?: string | undefined;
      points?: string | undefined;
      window?: string | undefined;
      min_value?: string | undefined;
      max_value?: string | undefined;
      limit?: string | undefined;
      cursor?: string | undefined;
    };
  };
  /** What is expected next, how sure that is, and when a limit is reached. */
  'GET /analytics/forecast/{device_id}/{key}': {
    response: Schemas['SeriesForecast'];
    params: { device_id: string; key: string };
    query?: {
      start?: string | undefined;
      end?: string | undefined;
      horizon?: string | undefined;
      confidence?: string | undefined;
      model?: 'auto' | 'linear' | 'holt_winters' | undefined;
      interval?: string | undefined;
      season?: string | undefined;
      limit?: string | undefined;
    };
  };
  /** How quantities go together, each with each. */
  'GET /analytics/correlation/{device_id}': {
    response: Schemas['Correlation'];
    params: { device_id: string };
    query: {
      start?: string | undefined;
      end?: string | undefined;
      keys: string | string[];
      other_device_id?: string | undefined;
      other_keys?: string | string[] | undefined;
      interval?: string | undefined;
      tolerance?: string | undefined;
      max_lag?: string | undefined;
    };
  };
  /** Try a rule that is not kept on the past. */
  'POST /rules/backtest': { response: Schemas['Backtest']; body: Schemas['UnsavedBacktest'] };
  /** How a backtest goes, and what came of it. */
  'GET /rules/backtests/{id}': { response: Schemas['Backtest']; params: { id: string } };
  /** Cancel a backtest. */
  'DELETE /rules/backtests/{id}': { response: undefined; params: { id: string } };
  /** Try a kept rule on the past. */
  'POST /rules/{id}/backtest': { response: Schemas['Backtest']; params: { id: string }; body: Schemas['StoredBacktest'] };
  /** All stored rules as JSON. */
  'GET /rules/export': { response: Schemas['RuleExport'] };
  /** Store rules from JSON, all or none. */
  'POST /rules/import': {
    response: Schemas['RuleImport'];
    query?: { on_conflict?: 'error' | 'skip' | 'replace' | undefined };
    body: Schemas['RuleExport'];
  };
  /** Try a rule that is not stored. */
  'POST /rules/test': { response: Schemas['RuleTest']; query?: { timezone?: string | undefined }; body: Schemas['UnsavedRuleTestRequest'] };
  /** Try a rule on given or current values. */
  'POST /rules/{id}/test': {
    response: Schemas['RuleTest'];
    params: { id: string };
    query?: { timezone?: string | undefined };
    body?: Schemas['RuleTestRequest'];
  };
  /** List rules, stored and wired. */
  'GET /rules': {
    response: { items: Schemas['Rule'][]; next_cursor: string | null };
    query?: {
      limit?: number | undefined;
      cursor?: string | undefined;
      rule_type?: 'threshold' | 'comparison' | 'schedule' | 'statistical' | undefined;
      severity?: 'info' | 'warning' | 'critical' | undefined;
      enabled?: 'true' | 'false' | undefined;
      origin?: 'stored' | 'flow' | undefined;
      device_id?: string | undefined;
      search?: string | undefined;
    };
  };
  /** Store a rule. */
  'POST /rules': { response: Schemas['Rule']; body: Schemas['RuleInput'] };
  /** One rule. */
  'GET /rules/{id}': { response: Schemas['Rule']; params: { id: string } };
  /** Replace a stored rule. */
  'PUT /rules/{id}': {
    response: Schemas['Rule'];
    params: { id: string };
    query?: { version?: string | undefined; running_state?: 'keep' | 'reset' | undefined };
    body: Schemas['RuleInput'];
  };
  /** Change fields of a stored rule. */
  'PATCH /rules/{id}': {
    response: Schemas['Rule'];
    params: { id: string };
    query?: { version?: string | undefined; running_state?: 'keep' | 'reset' | undefined };
    body: Schemas['RulePatch'];
  };
  /** Delete a stored rule. */
  'DELETE /rules/{id}': { response: undefined; params: { id: string }; query?: { version?: string | undefined } };
  /** Switch a stored rule on or off. */
  'PATCH /rules/{id}/toggle': {
    response: Schemas['Rule'];
    params: { id: string };
    query?: { version?: string | undefined };
    body?: Schemas['RuleToggle'];
  };
  /** The versions of a rule. */
  'GET /rules/{id}/versions': {
    response: { items: Schemas['RuleVersion'][]; next_cursor: string | null };
    params: { id: string };
    query?: { limit?: number | undefined; cursor?: string | undefined };
  };
  /** One version of a rule. */
  'GET /rules/{id}/versions/{version}': { response: Schemas['RuleVersion']; params: { id: string; version: string } };
  /** Make an earlier version the newest one. */
  'POST /rules/{id}/versions/{version}/restore': {
    response: Schemas['Rule'];
    params: { id: string; version: string };
    query?: { version?: string | undefined; running_state?: 'keep' | 'reset' | undefined };
  };
  /** List alerts. */
  'GET /alerts': {
    response: { items: Schemas['Alert'][]; next_cursor: string | null };
    query?: {
      limit?: number | undefined;
      cursor?: string | undefined;
      status?: string | undefined;
      severity?: 'info' | 'warning' | 'critical' | undefined;
      device_id?: string | undefined;
      rule_id?: string | undefined;
      search?: string | undefined;
      start?: string | undefined;
      end?: string | undefined;
    };
  };
  /** Statistics of alerts. */
  'GET /alerts/stats': { response: Schemas['AlertStats']; query?: { start?: string | undefined; end?: string | undefined } };
  /** One alert with its history. */
  'GET /alerts/{id}': { response: Schemas['AlertDetail']; params: { id: string } };
  /** Why there is this alert. */
  'GET /alerts/{id}/explanation': {
    response: Schemas['AlertExplanation'];
    params: { id: string };
    query?: { timezone?: string | undefined };
  };
  /** Acknowledge an alert. */
  'POST /alerts/{id}/acknowledge': { response: Schemas['Alert']; params: { id: string }; body?: Schemas['AlertAction'] };
  /** Resolve an alert. */
  'POST /alerts/{id}/resolve': { response: Schemas['Alert']; params: { id: string }; body?: Schemas['AlertAction'] };
  /** Add a note to an alert. */
  'POST /alerts/{id}/notes': { response: Schemas['AlertHistory']; params: { id: string }; body: Schemas['AlertNote'] };
  /** List notifications. */
  'GET /notifications': {
    response: { items: Schemas['Notification'][]; next_cursor: string | null };
    query?: {
      limit?: number | undefined;
      cursor?: string | undefined;
      alert_id?: string | undefined;
      channel?: 'email' | 'webhook' | 'mqtt' | 'command' | 'n8n' | 'flow' | 'script' | undefined;
      status?: 'pending' | 'delivered' | 'failed' | undefined;
      event?: 'raised' | 'resolved' | 'device_offline' | 'device_online' | 'daily_report' | 'rule_summary' | 'test' | undefined;
      device_id?: string | undefined;
      start?: string | undefined;
      end?: string | undefined;
    };
  };
  /** One notification with its attempts. */
  'GET /notifications/{id}': { response: Schemas['NotificationDetail']; params: { id: string } };
  /** Try a failed notification again. */
  'POST /notifications/{id}/retry': { response: Schemas['Notification']; params: { id: string } };
  /** List the URLs of webhooks that are registered or disabled. */
  'GET /webhooks': {
    response: { items: Schemas['Webhook'][]; next_cursor: string | null };
    query?: { limit?: number | undefined; cursor?: string | undefined };
  };
  /** Register a URL with a secret of its own. */
  'POST /webhooks': { response: Schemas['WebhookWithSecret']; body: Schemas['NewWebhook'] };
  /** Rename, enable or disable a webhook. */
  'PATCH /webhooks/{id}': { response: Schemas['Webhook']; params: { id: string }; body: Schemas['PatchWebhook'] };
  /** Forget a webhook. */
  'DELETE /webhooks/{id}': { response: undefined; params: { id: string } };
  /** Make another secret. */
  'POST /webhooks/{id}/rotate': { response: Schemas['WebhookWithSecret']; params: { id: string }; body?: Schemas['RotateWebhook'] };
  /** Send a test event to a URL now. */
  'POST /notifications/test/webhook': { response: Schemas['TestWebhookResult']; body: Schemas['TestWebhook'] };
  /** List dashboards. */
  'GET /dashboards': {
    response: { items: Schemas['DashboardSummary'][]; next_cursor: string | null };
    query?: { limit?: number | undefined; cursor?: string | undefined; search?: string | undefined; show?: 'mine' | 'public' | undefined };
  };
  /** Create a dashboard. */
  'POST /dashboards': { response: Schemas['Dashboard']; body: Schemas['DashboardInput'] };
  /** One dashboard. */
  'GET /dashboards/{id}': { response: Schemas['Dashboard']; params: { id: string } };
  /** Replace a dashboard. */
  'PUT /dashboards/{id}': { response: Schemas['Dashboard']; params: { id: string }; body: Schemas['ReplaceDashboard'] };
  /** Change fields of a dashboard. */
  'PATCH /dashboards/{id}': { response: Schemas['Dashboard']; params: { id: string }; body: Schemas['PatchDashboard'] };
  /** Remove a dashboard. */
  'DELETE /dashboards/{id}': { response: undefined; params: { id: string } };
  /** Send a test e-mail. */
  'POST /notifications/test/email': { response: Schemas['EmailTestResult']; body: Schemas['EmailTest'] };
  /** Where devices connect. */
  'GET /connection': { response: Schemas['Connection'] };
  /** What the platform is doing, and how its parts are. */
  'GET /system/status': { response: Schemas['SystemStatus'] };
  /** Remove the demo plant. */
  'DELETE /demo': { response: undefined };
  /** The deployed flows. */
  'GET /flows': { response: Schemas['Flows'] };
  /** The deployed flows as a file. */
  'GET /flows/export': { response: Schemas['FlowFile'] };
  /** Check flows, show what they would change, and deploy them. */
  'POST /flows/import': { response: Schemas['FlowDeployment']; body: Schemas['FlowImport'] };
  /** The versions of the flows. */
  'GET /flows/versions': {
    response: { items: Schemas['FlowVersion'][]; next_cursor: string | null };
    query?: { limit?: number | undefined; cursor?: string | undefined };
  };
  /** One version, with its flows and what it changed. */
  'GET /flows/versions/{id}': { response: Schemas['FlowVersionDetail']; params: { id: string } };
  /** Deploy an earlier version again. */
  'POST /flows/versions/{id}/rollback': { response: Schemas['FlowDeployment']; params: { id: string }; body?: Schemas['FlowRollback'] };
  /** The endpoints under /flows that answer without a key. */
  'GET /flows/open-endpoints': { response: Schemas['OpenEndpoints'] };
  /** Open endpoints under /flows, and close all others. */
  'PUT /flows/open-endpoints': { response: Schemas['OpenEndpoints']; body: Schemas['OpenEndpoints'] };
}
