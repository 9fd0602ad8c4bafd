import type { OperatorRequest, Policy } from '@holdpoint/shared'
import type { Clock } from '../clock.ts'
import type { Person } from '../domain/commands.ts'
import {
  activeOf,
  builtInOnly,
  decidePolicy,
  type PolicyCommand,
  type PolicyDocument,
  policyAnswer,
} from '../domain/policy-document.ts'
import { fingerprintOf } from './fingerprint.ts'
import { type Answered, answeredInTime, type CommandLog } from './in-time.ts'
import type { TenantDocument } from './tenant-document.ts'

/** PO6: the one active policy of each tenant. */
export interface Policies {
  /** Throws when the store can't be read, or holds a policy that this version can't judge by. */
  active(tenant: string): Promise<Policy>
  /** The candidate that judges beside it. Throws as `active`. */
  shadow(tenant: string): Promise<Policy | undefined>
  /** As far as it is known without reading the store. */
  leaseMaxMs(tenant: string): number
  /** As `policy.get` answers. Throws as `active`. */
  shown(tenant: string): Promise<ReturnType<typeof policyAnswer>>
  /** As the server itself, at its start. Throws a sentence where it is refused. */
  adopt(tenant: string, adopted: AdoptedPolicy): Promise<void>
  /** Never throws (PR2). */
  command(tenant: string, by: Person, command: PolicyRequest): Promise<Answered>
}

/** What an admin asks of the policy. */
export type PolicyRequest = {
  [N in 'policy.activate' | 'policy.shadow']: { readonly name: N; readonly body: OperatorRequest<N> }
}['policy.activate' | 'policy.shadow']

/** A policy that the one who starts the server wants active. */
export interface AdoptedPolicy {
  readonly document: unknown
  readonly reason: string
}

export function createPolicies(ports: {
  readonly clock: Clock
  readonly documents: TenantDocument<PolicyDocument>
  readonly log: CommandLog
}): Policies {
  const { documents } = ports
  return {
    active: async (tenant) => activeOf(await documents.current(tenant)).policy,
    shadow: async (tenant) => (await documents.current(tenant)).shadow?.policy,
    leaseMaxMs: (tenant) => activeOf(documents.peek(tenant) ?? builtInOnly).policy.lease.maxMs,
    shown: async (tenant) => policyAnswer(await documents.current(tenant)),
    async adopt(tenant, { document, reason }) {
      const by: Person = { id: 'system', role: 'admin' }
      const { answer } = await documents.submit(tenant, {
        decide: (doc, at) => decidePolicy(doc, { type: 'policy.activate', policy: document, reason, by }, at),
      })
      if (!answer.ok) throw new Error(answer.error.message)
    },
    async command(tenant, by, { name, body }) {
      return answeredInTime(ports, async () => {
        const { key, ...what } = body
        const { answer, events, earlier } = await documents.submit(tenant, {
          decide: (doc, at) => decidePolicy(doc, { type: name, ...what, by } as PolicyCommand, at),
          remember: {
            id: { principal: `person ${by.id}`, key },
            fingerprint: fingerprintOf(name, body),
          },
        })
        return { answer, events, replayed: earlier !== undefined }
      })
    },
  }
}
