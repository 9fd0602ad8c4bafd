import { sha256 } from '@noble/hashes/sha2.js'
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js'
import { canonicalText } from './canonical-text.ts'
import { refused } from './errors.ts'
import { checkJson } from './json-check.ts'
import { ok, type Result } from './result.ts'

/** AP10: the most that `{ action, args }` may take as canonical bytes. */
export const MAX_ACTION_BYTES = 64 * 1024

/** `sha256:` and 64 hex digits. */
export type Digest = `sha256:${string}`

export const DIGEST_PATTERN = /^sha256:[0-9a-f]{64}$/

/** An action as it is stored, shown, approved and run: the canonical text and its digest (AP9). */
export interface CanonicalAction {
  readonly canonical: string
  readonly digest: Digest
}

/** The digest of a text's UTF-8 bytes. */
export const digestOf = (text: string): Digest => digestOfBytes(utf8ToBytes(text))

const digestOfBytes = (bytes: Uint8Array): Digest => `sha256:${bytesToHex(sha256(bytes))}`

/**
 * The canonical bytes (RFC 8785) of `{ action, args }` and their digest (AP9).
 * Errors: `invalid` for what is not plain JSON, `too_large` beyond 64 KiB or depth 64 (AP10).
 */
export function canonicalAction(action: string, args: unknown): Result<CanonicalAction> {
  const problem = checkJson(args)
  if (problem) return { ok: false, error: problem }
  const canonical = canonicalText({ action, args })
  const bytes = utf8ToBytes(canonical)
  if (bytes.length > MAX_ACTION_BYTES)
    return refused(
      'too_large',
      'The arguments are larger than 64 KiB, more than a person can be shown whole.',
    )
  return ok({ canonical, digest: digestOfBytes(bytes) })
}
