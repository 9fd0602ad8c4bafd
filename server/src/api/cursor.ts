/** Cursors are opaque to clients (PR4): base64url of JSON that only this file reads. What does not fit is undefined. */
export const writeCursor = (parts: readonly (string | number)[]): string =>
  Buffer.from(JSON.stringify(parts)).toString('base64url')

/** `kinds`: what each part must be. */
export function readCursor(
  cursor: string,
  kinds: readonly ('string' | 'number')[],
): readonly (string | number)[] | undefined {
  let parts: unknown
  try {
    parts = JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8'))
  } catch {
    return undefined
  }
  if (!Array.isArray(parts) || parts.length !== kinds.length) return undefined
  return parts.every(
    (part, at) => typeof part === kinds[at] && (typeof part === 'string' || Number.isSafeInteger(part)),
  )
    ? parts
    : undefined
}
