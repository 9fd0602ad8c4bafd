import {
  hasRole,
  isSelfOrChild,
  NAME_PATTERN,
  type OperatorRequestName,
  ok,
  operatorRoles,
  type Result,
  type Role,
  refused,
} from '@holdpoint/shared'
import { roleTooLow } from '../domain/guards.ts'
import type { Principal } from './principal.ts'

/**
 * Which agent a credential speaks for on `/agent`: its subject, or a named child of it (AG, ID2).
 * Errors: `forbidden` for anybody but an agent and for another agent's name; `invalid` for an empty path segment.
 */
export function authorizeAgentName(principal: Principal, agent = principal.id): Result<string> {
  if (principal.role !== 'agent')
    return refused('forbidden', `Only an agent's token opens this; yours has the role ${principal.role}.`)
  if (!isSelfOrChild(agent, principal.id))
    return refused('forbidden', `This token speaks for "${principal.id}" and its children only.`)
  if (agent === principal.id) return ok(agent)
  if (!NAME_PATTERN.test(agent) || agent.split('/').includes(''))
    return refused('invalid', 'A child agent is named parent/child, no part empty.', { path: '/agent' })
  return ok(agent)
}

/** ID1: may this person send this request? Never for an agent or a tool. Errors: `forbidden`, naming the role needed. */
export function authorizeOperator<P extends { readonly role: Role }>(
  principal: P,
  request: OperatorRequestName,
): Result<P> {
  // a request without a listed role must be open to nobody, whatever the types promise
  const needed = Object.hasOwn(operatorRoles, request) ? operatorRoles[request] : undefined
  if (needed === undefined) return refused('forbidden', 'Nobody may send this request.')
  return hasRole(principal.role, needed) ? ok(principal) : roleTooLow(principal.role, needed)
}
