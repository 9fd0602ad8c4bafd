import { expect, it } from 'vitest'
import { hasRole, personRoles } from './roles.ts'

it('[ID1] viewer < operator < approver < admin', () => {
  personRoles.forEach((role, rank) => {
    personRoles.forEach((needed, least) => {
      expect(hasRole(role, needed)).toBe(rank >= least)
    })
  })
})

it('[ID1] an agent or a tool has no person’s role, not even an unknown one', () => {
  for (const role of ['agent', 'tool'] as const)
    for (const needed of [...personRoles, 'nobody' as never]) expect(hasRole(role, needed)).toBe(false)
})
