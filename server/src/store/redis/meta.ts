/** Which store this is, and its epoch (ST9). */
import { MINUTE, newId } from '@holdpoint/shared'
import { StoreUnusable } from '../store.ts'
import type { Connection, Reply } from './connection.ts'
import { type Keys, PARTITIONS_PER_TENANT } from './keys.ts'
import { scripts } from './script.ts'

export interface Meta {
  readonly storeId: string
  readonly epoch: number
}

/** How the keys are laid out and what documents hold; another number is another layout. */
const LAYOUT = '3'
/** Of before documents remembered what ended as unknown (AP9): brought over by the number alone, and nothing else of it differs. */
const BEFORE = '2'
/** Minutes since then fit the nine digits of EPOCH_PATTERN. */
const EPOCH_MINUTES_SINCE = Date.UTC(2025, 0, 1)

/**
 * What is stored, made up where Redis holds no store. Its epoch then comes from the wall clock: a Redis that lost everything
 * counts beyond what it ever handed out, even where no witness is left. `upgrade`: a store of the layout before is brought over, which
 * somebody has to ask for: nodes of that version commit on, and would forget what they do not know. Throws StoreUnusable for another
 * layout.
 */
export async function readOrCreateMeta(
  { send }: Pick<Connection, 'send'>,
  keys: Keys,
  wall: number,
  upgrade = false,
): Promise<Meta> {
  const epoch = Math.max(1, Math.floor((wall - EPOCH_MINUTES_SINCE) / MINUTE))
  // Field by field: of two nodes that come first, one is first at each, and both read the same.
  await Promise.all([
    send('HSETNX', keys.store, 'layout', LAYOUT),
    send('HSETNX', keys.store, 'id', newId()),
    send('HSETNX', keys.store, 'epoch', String(epoch)),
  ])
  // two nodes may both do it, and nobody ever writes an older one
  if (upgrade && (await send('HGET', keys.store, 'layout')) === BEFORE)
    await send('HSET', keys.store, 'layout', LAYOUT)
  return (await readMeta({ send }, keys)) as Meta
}

/** Undefined where Redis holds no store. */
export async function readMeta({ send }: Pick<Connection, 'send'>, keys: Keys): Promise<Meta | undefined> {
  const [id, epoch, layout] = (await send('HMGET', keys.store, 'id', 'epoch', 'layout')) as readonly Reply[]
  if (id === null || epoch === null) return undefined
  if (layout === BEFORE)
    throw new StoreUnusable(
      `Redis holds a store that an older version of Holdpoint wrote (its layout is ${BEFORE}, this one writes ${LAYOUT}): ` +
        'stop all nodes of that version, then start the first of this one with HOLDPOINT_REDIS_UPGRADE=yes.',
    )
  if (layout !== LAYOUT)
    throw new StoreUnusable(
      `Redis holds a store that was written by another version of Holdpoint (its layout is ${layout}, this one knows ${LAYOUT}); ` +
        'start that version, or give this one a key prefix or a Redis of its own.',
    )
  return { storeId: String(id), epoch: Number(epoch) }
}

interface Agreement {
  readonly name: string
  readonly own: string
  readonly replaces: (standing: string) => boolean
}

/**
 * What all nodes use: what the first one wrote, or `own` where it may replace that. Of those that replace the same thing at
 * the same moment one is first, and the others judge what it wrote.
 */
export async function agree(
  { run }: Pick<Connection, 'run'>,
  keys: Keys,
  { name, own, replaces }: Agreement,
): Promise<string> {
  const put = async (seen: string) => String(await run(scripts.agree, keys.store, [name, seen, own]))
  let standing = await put('')
  while (standing !== own && replaces(standing)) standing = await put(standing)
  return standing
}

/**
 * Records how many partitions a tenant has, once and for all, before anything of it is written.
 * Throws StoreUnusable where it has more than this version knows how to use.
 */
export async function recordTenant(
  { send }: Pick<Connection, 'send'>,
  keys: Keys,
  tenant: string,
): Promise<void> {
  await send('HSETNX', keys.tenants, tenant, String(PARTITIONS_PER_TENANT))
  assertKnown(tenant, await send('HGET', keys.tenants, tenant))
}

/** Throws StoreUnusable as `recordTenant` does. */
export async function readTenants({ send }: Pick<Connection, 'send'>, keys: Keys): Promise<string[]> {
  const fields = (await send('HGETALL', keys.tenants)) as readonly Reply[]
  const tenants: string[] = []
  for (let i = 0; i < fields.length; i += 2) {
    const tenant = String(fields[i])
    assertKnown(tenant, fields[i + 1] ?? null)
    tenants.push(tenant)
  }
  return tenants.toSorted()
}

function assertKnown(tenant: string, partitions: Reply): void {
  if (Number(partitions) !== PARTITIONS_PER_TENANT)
    throw new StoreUnusable(`${tenant} has ${partitions} partitions; this version of Holdpoint uses one.`)
}
