import { type ApprovalLevel, type ApprovalView, hasRole, type PersonRole, type Role } from '@holdpoint/shared'
import type { Command, IndexedHistory } from '../history.ts'

/** By the table of the rules, and not by what the server makes of it. */
const RELEASES: Readonly<Record<ApprovalLevel, PersonRole>> = {
  none: 'operator',
  notify: 'operator',
  review: 'operator',
  required: 'approver',
  required_2fa: 'approver',
  admin_only: 'admin',
}

/** ID1: what a person was told is done was theirs to do, and what stands released was released by somebody who may. */
export function checkPersons(history: IndexedHistory): readonly string[] {
  const { commands, roles = new Map<string, Role>(), readBack } = history
  const mayNot = (person: string, needed: PersonRole | undefined): boolean => {
    const role = roles.get(person)
    return role !== undefined && needed !== undefined && !hasRole(role, needed)
  }
  return [
    ...commands.flatMap((command) =>
      command.accepted.length > 0 && mayNot(command.principal, neededFor(command, readBack.approvals))
        ? [
            `Person: ${command.principal} (${roles.get(command.principal)}) was told that ${command.name} was done.`,
          ]
        : [],
    ),
    ...[...readBack.approvals.values()].flatMap(({ id, status, decidedBy = '', level }) =>
      status === 'approved' && mayNot(decidedBy, RELEASES[level])
        ? [`Person: ${id} (${level}) stands released by ${decidedBy} (${roles.get(decidedBy)}).`]
        : [],
    ),
  ]
}

function neededFor(
  { name, body }: Command,
  approvals: ReadonlyMap<string, ApprovalView>,
): PersonRole | undefined {
  const approval = approvals.get(String(body.id))
  if (name === 'approval.approve') return approval && RELEASES[approval.level]
  return /^(approval|ticket|order|agent)\./.test(name) ? 'operator' : undefined
}
