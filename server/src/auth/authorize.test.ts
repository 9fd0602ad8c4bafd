import {
  type OperatorRequestName,
  operatorRequests,
  operatorRoles,
  personRoles,
  type Role,
} from '@holdpoint/shared'
import { describe, expect, it } from 'vitest'
import { authorizeAgentName, authorizeOperator } from './authorize.ts'
import type { Principal } from './principal.ts'

const principal = (role: Role, id = 'deployer'): Principal => ({
  tenant: 'acme',
  id,
  role,
  labels: {},
  jti: 'j1',
  issuedAt: 0,
  expiresAt: 1,
})
const requests = Object.keys(operatorRequests) as OperatorRequestName[]
const forbidden = { ok: false, error: { code: 'forbidden' } }

describe('operator requests', () => {
  it('[ID1] every request names the least role that may send it', () =>
    expect(Object.keys(operatorRoles).sort()).toEqual([...requests].sort()))

  it.each(requests)(
    '[ID1] %s: each role below the named one is refused, each from it on passes',
    (request) => {
      const needed = personRoles.indexOf(operatorRoles[request])
      personRoles.forEach((role, rank) => {
        const answer = authorizeOperator(principal(role), request)
        expect(answer).toMatchObject(rank >= needed ? { ok: true } : forbidden)
      })
    },
  )

  it.each(requests)('[ID1] no agent or tool credential may send %s', (request) => {
    for (const role of ['agent', 'tool'] as const)
      expect(authorizeOperator(principal(role), request)).toMatchObject(forbidden)
  })

  it.each(['agent.obliterate', 'toString', '__proto__'])(
    '[ID1] a request without a role (%s) is nobody’s',
    (name) => {
      for (const role of ['agent', 'admin'] as const)
        expect(authorizeOperator(principal(role), name as OperatorRequestName)).toMatchObject(forbidden)
    },
  )

  it('[ID1] the refusal names the role that it takes', () =>
    expect(authorizeOperator(principal('viewer'), 'token.revoke')).toMatchObject({
      error: {
        message: expect.stringMatching(/takes the role admin; yours is viewer/),
        details: { role: 'admin' },
      },
    }))
})

describe('agent names', () => {
  it('[ID2] a token speaks for its subject and the children below it', () => {
    expect(authorizeAgentName(principal('agent', 'a'))).toEqual({ ok: true, value: 'a' })
    expect(authorizeAgentName(principal('agent', 'a'), 'a')).toEqual({ ok: true, value: 'a' })
    expect(authorizeAgentName(principal('agent', 'a'), 'a/b/c')).toEqual({ ok: true, value: 'a/b/c' })
  })

  it.each(['b', 'ab', 'a-b', 'b/a', 'A', ''])('[ID2] and not for %j', (agent) =>
    expect(authorizeAgentName(principal('agent', 'a'), agent)).toMatchObject(forbidden),
  )

  it('[ID2] a child’s token does not speak for its parent or its siblings', () => {
    for (const agent of ['a', 'a/c', 'a/bc'])
      expect(authorizeAgentName(principal('agent', 'a/b'), agent)).toMatchObject(forbidden)
  })

  it.each(['a/', 'a//b', 'a/b/', 'a/b c', 'a/\n', `a/${'x'.repeat(127)}`])(
    '[ID4] %j is no name of a child',
    (agent) =>
      expect(authorizeAgentName(principal('agent', 'a'), agent)).toMatchObject({
        error: { code: 'invalid' },
      }),
  )

  it.each([...personRoles, 'tool'] as const)('[ID1] the role %s opens no agent', (role) =>
    expect(authorizeAgentName(principal(role))).toMatchObject(forbidden),
  )
})
