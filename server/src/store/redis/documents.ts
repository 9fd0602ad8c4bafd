import { type DocumentPatch, patched } from '../document-patch.ts'
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
    send('HGETALL', `${head}:doc:${documentName(ref)}`),
    command ? send('HGET', `${head}:answers`, answerField(command)) : null,
  ])
  const earlier = typeof kept === 'string' ? remembered(kept, now()) : undefined
  return { ...standingDocument(fields), ...(earlier ? { earlier } : {}), cached: false }
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
      const fields = await send('HGETALL', `${head}:doc:${documentName({ kind, id })}`)
      const { doc, version } = standingDocument(fields)
      return { tenant, kind, id, doc, version }
    }),
  )
}

/**
 * What HGETALL says of a document's hash: `doc` as it was last written whole, and under the number of each version since then
 * the patch that led to it. `write` is the attempt that was committed last (commit.lua).
 */
export function standingDocument(reply: Reply): Omit<Loaded, 'earlier' | 'cached'> {
  const list = reply as readonly string[]
  const fields = new Map<string, string>()
  for (let i = 0; i < list.length; i += 2) fields.set(list[i] as string, list[i + 1] as string)
  const whole = fields.get('doc')
  if (whole === undefined) return { doc: undefined, version: 0 }
  const version = Number(fields.get('version'))
  const patches: DocumentPatch[] = []
  for (let at = version; ; at--) {
    const patch = fields.get(String(at))
    if (patch === undefined) break
    patches.push(JSON.parse(patch))
  }
  return { doc: patches.reduceRight(patched, JSON.parse(whole)), version, write: fields.get('attempt') }
}

/** `expires at (0: while its holder is open) attempt version last-seq text`, as commit.lua keeps it. */
function remembered(kept: string, now: number): Remembered | undefined {
  const expiresAt = Number(kept.slice(0, kept.indexOf(' ')))
  if (expiresAt > 0 && expiresAt <= now) return undefined
  return JSON.parse(kept.slice(kept.indexOf('{')))
}
