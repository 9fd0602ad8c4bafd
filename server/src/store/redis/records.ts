import type { RecordKind, RecordQuery, StoredRecord } from '../store.ts'
import type { Connection, Reply } from './connection.ts'
import { type Keys, partitionOf } from './keys.ts'
import { scripts } from './script.ts'

/** Records that one call looks at: bounds how long it holds Redis up. */
const LOOKED_AT = 1_000
const KINDS: readonly RecordKind[] = ['approval', 'ticket', 'instruction', 'order', 'run']

type Fields = readonly (string | null)[]

export async function readRecord(
  { send }: Pick<Connection, 'send'>,
  keys: Keys,
  tenant: string,
  kind: RecordKind,
  id: string,
): Promise<StoredRecord | undefined> {
  const key = `${keys.head(partitionOf(tenant))}:record:${kind}:${id}`
  const fields = (await send('HMGET', key, 'at', 'status', 'agent', 'open', 'data', 'seq')) as Fields
  return fields[0] === null ? undefined : storedRecord(tenant, kind, [id, ...fields])
}

export async function readRecords(
  { run }: Pick<Connection, 'run'>,
  keys: Keys,
  query: RecordQuery,
): Promise<StoredRecord[]> {
  const { tenant, kind, agent, status, open, limit } = query
  const found: StoredRecord[] = []
  let [afterAt, afterId] = query.after ? [String(query.after.at), query.after.id] : ['', '']
  while (found.length < limit) {
    const page = (await run(scripts.readRecords, keys.head(partitionOf(tenant)), [
      kind,
      indexFor(query),
      afterAt,
      afterId,
      agent ?? '',
      status ?? '',
      open === undefined ? '' : open ? '1' : '0',
      String(limit - found.length),
      String(LOOKED_AT),
    ])) as readonly Reply[]
    for (const fields of page.slice(2)) found.push(storedRecord(tenant, kind, fields as Fields))
    afterAt = String(page[0])
    afterId = String(page[1])
    if (afterAt === '') break
  }
  return found
}

export async function countOpen(
  { send }: Pick<Connection, 'send'>,
  keys: Keys,
  tenant: string,
): Promise<Partial<Record<RecordKind, number>>> {
  const of = `${keys.head(partitionOf(tenant))}:records`
  const counts = await Promise.all(
    KINDS.map(async (kind) => Number(await send('ZCARD', `${of}:${kind}:open`))),
  )
  return Object.fromEntries(KINDS.map((kind, i) => [kind, counts[i] ?? 0] as const).filter(([, n]) => n > 0))
}

/** The one that leaves the fewest to look at. */
function indexFor({ agent, status, open }: Pick<RecordQuery, 'agent' | 'status' | 'open'>): string {
  if (agent !== undefined) return open ? `open:agent:${agent}` : `agent:${agent}`
  if (open) return 'open'
  return status === undefined ? '' : `status:${status}`
}

const storedRecord = (tenant: string, kind: RecordKind, fields: Fields): StoredRecord => {
  const [id = '', at, status, agent, open, data, seq] = fields
  return {
    tenant,
    kind,
    id: String(id),
    ...(agent ? { agent } : {}),
    status: String(status),
    open: open === '1',
    at: Number(at),
    data: JSON.parse(String(data)),
    seq: Number(seq),
  }
}
