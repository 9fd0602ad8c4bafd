/** Who may call (ID1). Persons' roles are ordered; `agent` and `tool` stand outside and reach no deciding call. */
export const personRoles = ['viewer', 'operator', 'approver', 'admin'] as const
export type PersonRole = (typeof personRoles)[number]
export type Role = PersonRole | 'agent' | 'tool'

/** True when a person's role is `needed` or above it; never true for an agent or a tool. */
export const hasRole = (role: Role, needed: PersonRole): boolean => {
  const rank = (personRoles as readonly Role[]).indexOf(role)
  return rank >= 0 && rank >= personRoles.indexOf(needed)
}
