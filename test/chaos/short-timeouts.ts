import type { Alteration } from '../harness/server-process.ts'

/** Time-outs that are hours in the shipped policy, in seconds: so that they run out amid the kills. */
export const shortTimeouts: readonly Alteration[] = [
  ['timeoutMs: HOUR', 'timeoutMs: 2 * SECOND'],
  [
    "required: { role: 'approver', factor: false, timeoutMs: 24 * HOUR }",
    "required: { role: 'approver', factor: false, timeoutMs: 3 * SECOND }",
  ],
  ['useByMs: 15 * MINUTE', 'useByMs: 2 * SECOND'],
].map(([from = '', to = '']) => ({ module: 'shared/dist/policy/defaults.js', from, to }))
