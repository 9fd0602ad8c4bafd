import { type ApprovalDetail, digestOf, refusal } from '@holdpoint/shared'
import { isObject } from './connection/reading.ts'
import { HoldpointError } from './errors.ts'

/**
 * Recomputes the digests of the bytes that would be shown (AP9): a person must not decide on other bytes than those
 * that run. Errors: HoldpointError `invalid` where they don't match.
 */
export function verifyDetail({
  canonical,
  digest,
  askedCanonical,
  askedDigest,
  action,
}: ApprovalDetail): void {
  verifyBytes(canonical, { digest, action })
  if (askedCanonical !== undefined && askedDigest !== undefined)
    check(digestOf(askedCanonical) === askedDigest)
}

/** The same of the bytes of whatever names an action and a digest. */
export function verifyBytes(
  canonical: string,
  { digest, action }: { digest?: unknown; action?: unknown },
): void {
  check(digestOf(canonical) === digest)
  const parsed: unknown = JSON.parse(canonical)
  check(isObject(parsed) && parsed.action === action)
}

function check(holds: boolean): void {
  if (holds) return
  throw new HoldpointError(
    refusal(
      'invalid',
      'The bytes that came are not the ones that their digest names; do not decide on them.',
    ),
  )
}
