import { iso, ok, refused } from '@holdpoint/shared'
import type { Person } from './commands.ts'
import type { Decision } from './effects.ts'

/** A tenant's revoked credentials (ID3). Times in ms. */
export interface AccessDocument {
  readonly schema: 1
  readonly tokens: readonly { readonly jti: string; readonly at: number }[]
  /** Everything that was issued to the subject up to then. */
  readonly subjects: Readonly<Record<string, number>>
}

export interface RevokeCommand {
  readonly type: 'token.revoke'
  readonly jti?: string | undefined
  readonly subject?: string | undefined
  readonly reason: string
  readonly by: Person
  /** What the wall clock of the node shows that was asked, ms: tokens are issued by such clocks, not by the store's. */
  readonly askedAt: number
}

/** Beyond it, revoke by subject: one entry however many tokens. */
const MAX_TOKENS = 5_000

export const nothingRevoked: AccessDocument = { schema: 1, tokens: [], subjects: {} }

export function readAccessDocument(stored: unknown): AccessDocument {
  const { schema } = stored as { schema: number }
  if (schema !== 1) throw new Error(`an access document of schema ${schema} needs a newer server`)
  return stored as AccessDocument
}

/** A credential as the document sees it. */
interface Credential {
  readonly id: string
  readonly jti: string
  readonly issuedAt: number
}

/** ID3. A token issued in the very second of a revocation is revoked with it: `iat` has no finer unit. */
export function isRevoked(access: AccessDocument, { id, jti, issuedAt }: Credential): boolean {
  const upTo = Object.hasOwn(access.subjects, id) ? access.subjects[id] : undefined
  return (upTo !== undefined && issuedAt <= upTo) || access.tokens.some((token) => token.jti === jti)
}

/** Pure. Errors: `invalid` unless exactly one of `jti` and `subject` is named, `rate_limited` beyond the cap. */
export function decideAccess(
  doc: AccessDocument,
  { jti, subject, reason, by, askedAt }: RevokeCommand,
  at: number,
): Decision<AccessDocument> {
  if ((jti === undefined) === (subject === undefined))
    return { answer: refused('invalid', 'Name either one token by its jti, or a subject.') }
  if (jti !== undefined && doc.tokens.length >= MAX_TOKENS)
    return { answer: refused('rate_limited', 'Too many single tokens are revoked; revoke by subject.') }
  return {
    answer: ok({}),
    effects: {
      doc:
        jti !== undefined
          ? { ...doc, tokens: [...doc.tokens.filter((token) => token.jti !== jti), { jti, at }] }
          : { ...doc, subjects: { ...doc.subjects, [subject as string]: Math.max(at, askedAt) } },
      events: [{ type: 'token.revoked', by: by.id, data: { jti, subject, reason, at: iso(at) } }],
      deadlines: { set: [], clear: [] },
      records: [],
      blobs: [],
      closeHolders: [],
    },
  }
}
