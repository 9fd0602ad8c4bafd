import type { CommandId, DocumentQuery, DocumentRef, Loaded, Remembered, StoredDocument } from '../store.ts'
import type { Connection, Reply } from './connection.ts'
import { answerField } from './encode-change.ts'
import { documentName, type Keys, partitionOf } from './keys.ts'

/** ST1, ST4. `now` is asked once the answer is there. */
export async function loadDocument(
  { send }: Pick<Connection, 'send'>,
  keys: Keys,
  ref: DocumentRef,
  command: CommandId | undefined,
  now: () => number,
): Promise<Loaded> {
  const head = keys.head(partitionOf(ref.tenant))
  // In this order: a document that shows what the command did is never returned without its answer.
  const [fields, kept] = await Promise.all([
    send('HMGET', `${head}:doc:${documentName(ref)}`, 'version', 'doc') as Promise<readonly Reply[]>,
    command ? send('HGET', `${head}:answers`, answerField(command)) : null,
  ])
  const earlier = typeof kept === 'string' ? remembered(kept, now()) : undefined
  return { ...parsed(fields), ...(earlier ? { earlier } : {}), cached: false }
}

export async function listDocuments(
  { send }: Pick<Connection, 'send'>,
  keys: Keys,
  { tenant, kind, afterId, limit }: DocumentQuery,
): Promise<StoredDocument[]> {
  const head = keys.head(partitionOf(tenant))
  const from = afterId === undefined ? '-' : `(${afterId}`
  const ids = await send('ZRANGE', `${head}:ids:${kind}`, from, '+', 'BYLEX', 'LIMIT', '0', String(limit))
  return Promise.all(
    (ids as readonly string[]).map(async (id) => {
      const fields = await send('HMGET', `${head}:doc:${documentName({ kind, id })}`, 'version', 'doc')
      return { tenant, kind, id, ...parsed(fields as readonly Reply[]) }
    }),
  )
}

const parsed = ([version, doc]: readonly Reply[]): { readonly doc: unknown; readonly version: number } => ({
  doc: typeof doc === 'string' ? JSON.parse(doc) : undefined,
  version: Number(version ?? 0),
})

/** `expires at (0: while its holder is open) attempt version last-seq text`, as commit.lua keeps it. */
function remembered(kept: string, now: number): Remembered | undefined {
  const expiresAt = Number(kept.slice(0, kept.indexOf(' ')))
  if (expiresAt > 0 && expiresAt <= now) return undefined
  return JSON.parse(kept.slice(kept.indexOf('{')))
}
