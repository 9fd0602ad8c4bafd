import type { TicketView } from '@holdpoint/shared'
import { expect, it } from 'vitest'
import { ticketLines } from './ticket-details.ts'

const ticket: TicketView = {
  id: 'ticket-1',
  kind: 'ticket',
  agent: 'mailer',
  reason: 'high_risk',
  priority: 2,
  status: 'open',
  blocking: false,
  context: '{"risk":0.9,"summary":"Send it"}',
  openedAt: '2026-01-05T09:00:00.000Z',
  expiresAt: '2026-01-12T09:00:00.000Z',
}

it('calls an account its own only where the agent opened the ticket, and names the approval it is about', () => {
  const told = (more: Partial<TicketView>) => ticketLines({ ...ticket, ...more }).join('\n')
  expect(told({ openedBy: 'agent' })).toContain("The agent's own account:")
  const server = told({ openedBy: 'server', approval: 'item-7' })
  expect(server).toMatch(/^Opened {5}by the server$/m)
  expect(server).toMatch(/^About {6}approval item-7$/m)
  expect(server).toContain("The server's account")
  expect(server).not.toContain('own account')
  const older = told({})
  expect(older).toContain('of the agent or of the server')
  expect(older).not.toMatch(/^(Opened|About)/m)
})

it('[AP9] names each action that a process left in doubt, and says when to resolve it', () => {
  const doubt = { reason: 'unknown_outcome', openedBy: 'server', approval: 'item-7' } as const
  const told = (more: Partial<TicketView>) => ticketLines({ ...ticket, ...more }).join('\n')
  expect(told(doubt)).toContain('resolve this once you have found out.')
  const many = told({ ...doubt, approvals: ['item-7', 'item-8', 'item-9'] })
  for (const id of ['item-7', 'item-8', 'item-9']) expect(many).toContain(`approval ${id}`)
  expect(many).toContain('These 3 were begun by one process that is gone')
  expect(many).toContain('resolve this once you have found out about each.')
  expect(told({ ...doubt, openedBy: 'agent' })).not.toContain('resolve this')
  const closed = told({ ...doubt, status: 'resolved', closedAt: '2026-01-05T09:30:00.000Z', closedBy: 'ana' })
  expect(closed).not.toContain('nobody knows')
})
