import { DIGEST_PATTERN, type Digest } from './canonical.ts'

type Digests = Readonly<Record<'digest' | 'askedDigest' | 'contextDigest', unknown>>

/**
 * The digests of the texts that a fact names (PR7): fields of the server's own, at the places where facts have them. What an agent wrote
 * is not looked into.
 */
export function namedTexts(data: Readonly<Record<string, unknown>>): readonly Digest[] {
  return [data, data.approval, data.ticket].flatMap((holder) => {
    const { digest, askedDigest, contextDigest } = (holder ?? {}) as Digests
    return [digest, askedDigest, contextDigest].filter(isDigest)
  })
}

const isDigest = (value: unknown): value is Digest => typeof value === 'string' && DIGEST_PATTERN.test(value)
