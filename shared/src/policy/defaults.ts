import { DAY, HOUR, MINUTE, SECOND } from '../time.ts'
import type { Policy } from './types.ts'

/** The policy that ships: SPEC's tables (AP, AU, ES, AG4, AP9, AP14) as data. */
export const builtInPolicy: Policy = {
  version: 'built-in-1',
  levels: {
    none: { factor: false, timeoutMs: 0 },
    notify: { factor: false, timeoutMs: 0 },
    review: { role: 'operator', factor: false, timeoutMs: HOUR },
    required: { role: 'approver', factor: false, timeoutMs: 24 * HOUR },
    required_2fa: { role: 'approver', factor: true, timeoutMs: 5 * MINUTE },
    admin_only: { role: 'admin', factor: false, timeoutMs: 24 * HOUR },
  },
  catalogue: {
    read_file: { level: 'none', class: 'read' },
    write_file: { level: 'notify', class: 'write' },
    api_call: { level: 'review', class: 'external_api' },
    send_email: { level: 'required', class: 'external_api' },
    payment: { level: 'required_2fa', class: 'critical_system' },
    delete_data: { level: 'admin_only', class: 'delete' },
  },
  unlisted: { level: 'required', class: 'execute' },
  autonomy: {
    restricted: {
      fromTrust: 0,
      needsApproval: ['*'],
      alone: ['read', 'search'],
      forbidden: [],
      confirmPromotion: false,
    },
    supervised: {
      fromTrust: 0.3,
      needsApproval: ['write', 'external_api', 'execute'],
      alone: ['read', 'search', 'analyze'],
      forbidden: [],
      confirmPromotion: false,
    },
    standard: {
      fromTrust: 0.6,
      needsApproval: ['execute', 'external_api'],
      alone: ['read', 'search', 'analyze', 'write'],
      forbidden: [],
      confirmPromotion: false,
    },
    trusted: {
      fromTrust: 0.8,
      needsApproval: ['delete', 'system_modify'],
      alone: ['read', 'search', 'analyze', 'write', 'execute'],
      forbidden: [],
      confirmPromotion: true,
    },
    autonomous: {
      fromTrust: 0.95,
      needsApproval: ['critical_system'],
      alone: ['*'],
      forbidden: [],
      confirmPromotion: true,
    },
  },
  trust: { initial: 0.5, success: 0.02, failure: 0.1, escalation: 0.01 },
  escalation: {
    confidenceBelow: 0.3,
    riskAbove: 0.7,
    failuresInRow: 3,
    always: ['user_request', 'critical_decision', 'anomaly', 'policy_violation'],
    priorities: {
      critical_decision: 1,
      high_risk: 2,
      policy_violation: 2,
      user_request: 3,
      anomaly: 3,
      uncertainty: 4,
      repeated_failures: 4,
    },
    otherPriority: 5,
    ticketTimeoutMs: 7 * DAY,
    questionTimeoutMs: 24 * HOUR,
  },
  lease: { defaultMs: 15 * SECOND, maxMs: 60 * SECOND },
  denials: { rememberMs: HOUR, inRow: 5 },
  release: { useByMs: 15 * MINUTE, maxUseByMs: 24 * HOUR },
  caps: { openItems: 20, instructions: 100, unreported: 64, orders: 100, children: 500 },
}
