/** PR7: the log as it is kept, for whoever checks it without this server. */
import {
  iso,
  type LoggedEvent,
  type LogPlace,
  namedTexts,
  type OperatorAnswers,
  type OperatorRequest,
  ok,
  type Result,
  refused,
  type StoredText,
} from '@holdpoint/shared'
import { withinLength } from '../commands/within-length.ts'
import type { Store, StoredEvent } from '../store/store.ts'

const DEFAULT_LIMIT = 100

/** An entry of a page: a fact with what it names, so that both come in one message or neither. */
interface Entry {
  readonly event: LoggedEvent
  readonly texts: readonly StoredText[]
}

/** Errors: `invalid` where the log ends before `after`; `unavailable` where it was trimmed just now. */
export async function readLog(
  store: Store,
  tenant: string,
  { after, limit = DEFAULT_LIMIT, texts = false }: OperatorRequest<'log.read'>,
): Promise<Result<OperatorAnswers['log.read']>> {
  const log = store.partitionOf(tenant)
  const head = await store.head(log)
  if (after > head.seq)
    return refused('invalid', `The log ends at ${head.seq}; read on from there, or from 0.`, {
      path: '/after',
    })
  const events = await store.readFeed(log, after, limit)
  const start = await placeBefore(store, log, events[0], head)
  if (start === undefined)
    return refused('unavailable', 'What comes before was trimmed just now: read again, from 0.')
  const entries: Entry[] = []
  const given = new Set<string>()
  for (const event of events)
    entries.push({ event: loggedEvent(event), texts: texts ? await textsOf(store, event, given) : [] })
  const page = withinLength(entries)
  return ok({
    log,
    after: start,
    head: { seq: head.seq, hash: head.hash },
    events: page.map((entry) => entry.event),
    texts: page.flatMap((entry) => entry.texts),
  })
}

/** What is trimmed is not there to be followed on: the first that is left says where that ended. */
async function placeBefore(
  store: Store,
  log: string,
  first: StoredEvent | undefined,
  head: LogPlace,
): Promise<LogPlace | undefined> {
  const seq = first ? first.seq - 1 : head.seq
  const hash = seq === 0 ? '' : await store.hashAt(log, seq)
  return hash === undefined ? undefined : { seq, hash }
}

/** The data as it was hashed: nothing is made fresh in it. */
function loggedEvent({ seq, at, type, agent, by, push, command, data, hash }: StoredEvent): LoggedEvent {
  return { seq, at: iso(at), type, agent, by, push, command, data, hash }
}

/** The texts that a fact names by a digest and that were not `given` in this page. */
async function textsOf(store: Store, event: StoredEvent, given: Set<string>): Promise<readonly StoredText[]> {
  const texts: StoredText[] = []
  for (const digest of namedTexts(event.data)) {
    if (given.has(digest)) continue
    given.add(digest)
    const text = await store.blob(event.tenant, digest)
    if (text !== undefined) texts.push({ digest, text })
  }
  return texts
}
