// Apart from the schemas: a client that only shows a level must not bundle a validator.

/** How much release an action needs (AP), least strict first. */
export const approvalLevels = ['none', 'notify', 'review', 'required', 'required_2fa', 'admin_only'] as const
export type ApprovalLevel = (typeof approvalLevels)[number]

/** What kind of act an action is, for autonomy (AU). */
export const actionClasses = [
  'read',
  'search',
  'analyze',
  'write',
  'execute',
  'external_api',
  'delete',
  'system_modify',
  'critical_system',
] as const
export type ActionClass = (typeof actionClasses)[number]

/** Autonomy levels, least trusted first (AU). */
export const autonomyLevels = ['restricted', 'supervised', 'standard', 'trusted', 'autonomous'] as const
export type AutonomyLevel = (typeof autonomyLevels)[number]

/** What actions consume and budgets bound (PO4). */
export const resources = ['apiCalls', 'files'] as const
export type Resource = (typeof resources)[number]
