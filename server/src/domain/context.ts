import { canonicalText, type Digest, digestOf, MAX_ACTION_BYTES, refused } from '@holdpoint/shared'
import type { Draft } from './draft.ts'

/** Keeps what the agent says about an item beside it, as a blob (AP10: whole or refused). */
export function contextBlob(
  draft: Draft,
  context: unknown,
): { readonly digest: Digest } | ReturnType<typeof refused> | undefined {
  if (context === undefined) return undefined
  const text = canonicalText(context)
  // A UTF-16 unit takes at most three bytes of UTF-8.
  if (text.length * 3 > MAX_ACTION_BYTES && new TextEncoder().encode(text).length > MAX_ACTION_BYTES)
    return refused('too_large', 'The context is larger than 64 KiB.')
  const digest = digestOf(text)
  draft.blob(digest, text)
  return { digest }
}
