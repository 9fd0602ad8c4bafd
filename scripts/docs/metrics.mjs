import { built } from './built.mjs'
import { code, list, table } from './markdown.mjs'

/** What the label `what` of holdpoint_store stands for. */
const STORE = {
  answered: 'commits answered since the start, refused ones included',
  batches: 'transactions that changed something: as many fsyncs',
  checkpoints: 'times that the write-ahead log was copied into the database',
  loggedPages: 'pages of 4 KiB in the write-ahead log that the database file has not',
  events: 'events in the log',
  bytes: 'size of the database file',
  defects: 'calls that Redis refused, and not for want of room or readiness',
  unfollowed: 'looks that found too few replicas following Redis to rest a lease on',
}

export async function metricsPage() {
  const { createMetrics } = await built('server/dist/metrics.js')
  const nothing = {
    connections: () => ({}),
    feedLag: () => 0,
    store: () => ({}),
    openItems: async () => ({}),
  }
  const metrics = createMetrics(nothing, () => true)
  // the registry keeps label names to itself until there are values
  const described = metrics.registry.getMetricsAsArray()
  metrics.close()
  return `# Metrics

\`GET /metrics\` answers in Prometheus' text format. It needs no token and names no agent, no person and no tenant.

${table(
  ['Name', 'Type', 'Labels', 'Meaning'],
  described.map(({ name, type, labelNames = [], help }) => [code(name), type, list(labelNames), help]),
)}

\`space\` is \`/agent\` or \`/operator\`, \`request\` a request's name, \`code\` is \`ok\` or a code from the
[error catalogue](errors.md), \`kind\` one of \`approval\`, \`ticket\`, \`instruction\`, \`order\` and \`run\`. \`holdpoint_store\`
counts:

${table(
  ['what', 'Meaning'],
  Object.entries(STORE).map(([name, meaning]) => [code(name), meaning]),
)}
`
}
