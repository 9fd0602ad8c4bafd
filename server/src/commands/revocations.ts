import type { OperatorRequest } from '@holdpoint/shared'
import type { Clock } from '../clock.ts'
import { type AccessDocument, decideAccess, isRevoked } from '../domain/access.ts'
import type { Person } from '../domain/commands.ts'
import { fingerprintOf } from './fingerprint.ts'
import { type Answered, answeredInTime, type CommandLog } from './in-time.ts'
import type { TenantDocument } from './tenant-document.ts'

/** ID3: which credentials no longer count. Nothing here throws but `check`, when the store can't be read. */
export interface Revocations {
  /** `tenant`'s credential with this subject, token id and time of issue (ms): was it revoked? */
  check(tenant: string, credential: Credential): Promise<boolean>
  /** Another node has revoked something of the tenant's: its sockets here end as soon as that is read. */
  noticed(tenant: string): void
  revoke(tenant: string, by: Person, body: OperatorRequest<'token.revoke'>): Promise<Answered>
}

export interface Credential {
  readonly id: string
  readonly jti: string
  readonly issuedAt: number
}

/** After a failed read. */
const RETRY_MS = 250

export function createRevocations(ports: {
  readonly clock: Clock
  readonly access: TenantDocument<AccessDocument>
  readonly log: CommandLog
  /** Told after each revocation: sockets that it concerns end within a second. */
  readonly changed: (tenant: string, isRevokedNow: (credential: Credential) => boolean) => void
}): Revocations {
  const { clock, access, log, changed } = ports

  const enforce = (tenant: string): void => {
    access.current(tenant).then(
      (doc) => changed(tenant, (credential) => isRevoked(doc, credential)),
      (error: unknown) => {
        log.error({ err: error }, 'what was revoked can not be read; trying again')
        clock.after(RETRY_MS, () => enforce(tenant))
      },
    )
  }

  return {
    noticed: enforce,
    check: async (tenant, credential) => isRevoked(await access.current(tenant), credential),
    async revoke(tenant, by, body) {
      return answeredInTime(ports, async () => {
        const { key, ...what } = body
        const askedAt = clock.now()
        const outcome = await access.submit(tenant, {
          decide: (doc, at) => decideAccess(doc, { type: 'token.revoke', ...what, by, askedAt }, at),
          remember: {
            id: { principal: `person ${by.id}`, key },
            fingerprint: fingerprintOf('token.revoke', body),
          },
        })
        const { doc } = outcome
        if (outcome.answer.ok && doc) changed(tenant, (credential) => isRevoked(doc, credential))
        return { answer: outcome.answer, events: outcome.events, replayed: outcome.earlier !== undefined }
      })
    },
  }
}
