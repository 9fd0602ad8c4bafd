import { DAY, refused } from '@holdpoint/shared'
import type { Answer } from '../domain/commands.ts'
import type { Decision, Effects } from '../domain/effects.ts'
import type {
  Change,
  CommandId,
  DocumentRef,
  Loaded,
  Remembered,
  RestsOn,
  Store,
  StoredEvent,
} from '../store/store.ts'

/** One command on one document. */
export interface Transaction<D> {
  readonly ref: DocumentRef
  readonly read: (stored: unknown) => D
  /** Under which its answer is remembered (AP7); none for what the server does by itself. */
  readonly command?: RememberAs | undefined
  /** A deadline that this answers: cleared in the same commit, whatever is decided (PR5). */
  readonly deadline?: string | undefined
  /** When the document still wants that deadline, ms; undefined when it does not. */
  readonly dueAt?: (doc: D) => number | undefined
  /** Whether a remembered document can be decided on: where it lacks what the command is about, it is too old. */
  readonly knows?: ((doc: D | undefined) => boolean) | undefined
  readonly decide: (doc: D | undefined, at: number) => Decided<D> | Promise<Decided<D>>
}

/** A decision, and the other documents that it was made on: it counts only while they are as they were read (ST2). */
export interface Decided<D> extends Decision<D> {
  readonly restsOn?: readonly RestsOn[] | undefined
}

export interface RememberAs {
  readonly id: CommandId
  readonly fingerprint: string
  /** Which process asked: a later one that asks again may need another answer (AP9). */
  readonly epoch?: string | undefined
}

/** An answer as it is remembered. */
export interface RememberedAnswer {
  readonly answer: Answer
  readonly epoch?: string | undefined
}

/** What a transaction came to. `doc` is what stands now; `earlier` is set where the answer was given before. */
export interface Outcome<D> {
  readonly answer: Answer
  readonly doc: D | undefined
  readonly version: number
  readonly events: readonly StoredEvent[]
  /** Texts that this commit stored, by digest: they need not be read back. */
  readonly blobs?: readonly { readonly digest: string; readonly text: string }[] | undefined
  readonly earlier?: RememberedAnswer | undefined
}

/** Another writer can be first now and then, never this often. */
const MAX_ATTEMPTS = 100

/**
 * load → decide → commit, again on a stale version or when the time for what was decided ran out meanwhile.
 * Throws what the store throws, and on a decision that never settles.
 */
export async function transact<D>(store: Store, transaction: Transaction<D>): Promise<Outcome<D>> {
  const outcome = await settle(store, transaction)
  if (!outcome) throw unsettled(transaction)
  return outcome
}

/**
 * As `transact`, of what was decided on documents as somebody remembers them. It counts only as a commit that rests on these
 * very versions, with what it grants. Undefined where it came to anything else: nothing was written then, and it must be
 * decided again on what was read afresh.
 */
export const transactOnGuess = <D>(
  store: Store,
  transaction: Transaction<D>,
  guess: readonly RestsOn[],
): Promise<Outcome<D> | undefined> => settle(store, transaction, guess)

async function settle<D>(
  store: Store,
  transaction: Transaction<D>,
  guess?: readonly RestsOn[],
): Promise<Outcome<D> | undefined> {
  const { ref, command } = transaction
  let loaded: Loaded = await store.load(ref, command?.id)
  for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
    const doc = loaded.doc === undefined ? undefined : transaction.read(loaded.doc)
    const standing = { doc, version: loaded.version, events: [] }
    if (loaded.earlier) return guess ? undefined : repeat(loaded.earlier, command, standing)
    if (loaded.cached && transaction.knows?.(doc) === false) {
      loaded = await store.load(ref, command?.id, true)
      continue
    }
    const at = store.now()
    const decision = await transaction.decide(doc, at)
    const change = changeOf(transaction, decision, loaded, at, guess)
    if (guess && !(change && decision.answer.ok)) return undefined
    if (loaded.cached && !(change && decision.answer.ok)) {
      // ST1: only a commit checks the version; without one, and for a refusal, what stands must have been read just now
      loaded = await store.load(ref, command?.id, true)
      continue
    }
    if (!change) return { ...standing, answer: decision.answer }
    const result = await store.commit(change)
    switch (result.status) {
      case 'committed':
        return {
          answer: decision.answer,
          doc: decision.effects?.doc ?? doc,
          version: result.version,
          events: result.events,
          blobs: decision.effects?.blobs,
        }
      case 'repeated':
        if (guess) return undefined
        if (!loaded.cached) return repeat(result.earlier, command, standing)
        loaded = await store.load(ref, command?.id, true)
        break
      case 'stale':
        loaded = { doc: result.doc, version: result.version, write: result.write, cached: false }
        break
      case 'outdated':
        if (guess) return undefined
        break // somebody it is about has changed meanwhile: decide again on who they are now
      case 'too_late':
        break // the clock has passed what was decided on: decide again with the time that it is
    }
  }
  throw unsettled(transaction)
}

const unsettled = ({ ref }: Pick<Transaction<unknown>, 'ref'>): Error =>
  new Error(`a command on ${ref.kind} ${ref.id} did not settle in ${MAX_ATTEMPTS} attempts`)

function repeat<D>(
  { fingerprint, answer }: Remembered,
  command: RememberAs | undefined,
  standing: Omit<Outcome<D>, 'answer'>,
): Outcome<D> {
  if (fingerprint !== command?.fingerprint)
    return {
      ...standing,
      answer: refused('conflict', 'This key was used before, for something else; use a fresh key.'),
    }
  const earlier = answer as RememberedAnswer
  return { ...standing, answer: earlier.answer, earlier }
}

/** A refusal is not: it is decided anew when it is asked again, even one that wrote something, as an order may have been lifted. */
const rememberedAs = (
  { id, fingerprint, epoch }: RememberAs,
  answer: Answer,
  holder: string | undefined,
): NonNullable<Change['remember']> => ({
  command: id,
  fingerprint,
  answer: { answer, epoch } satisfies RememberedAnswer,
  retain: holder === undefined ? { forMs: DAY } : { holder },
})

function changeOf<D>(
  { ref, command, deadline, dueAt }: Transaction<D>,
  { answer, effects, restsOn }: Decided<D>,
  { doc: stored, version, write }: Loaded,
  at: number,
  guess: readonly RestsOn[] = [],
): Change | undefined {
  if (effects) {
    const { doc, events, deadlines, records, blobs, closeHolders, notAfter, holder } = effects
    return {
      ref,
      expectedVersion: version,
      expectedWrite: write,
      at,
      before: stored,
      doc,
      events,
      deadlines: deadline ? answered(deadline, deadlines, dueAt?.(doc)) : deadlines,
      records,
      blobs,
      closeHolders,
      restsOn: [...guess, ...(restsOn ?? [])],
      notAfter,
      remember: answer.ok && command ? rememberedAs(command, answer, holder) : undefined,
    }
  }
  if (!deadline || stored === undefined) return undefined
  return {
    ref,
    expectedVersion: version,
    expectedWrite: write,
    at,
    before: stored,
    doc: stored,
    restsOn: guess,
    events: [],
    deadlines: answered(deadline, { set: [], clear: [] }, dueAt?.(stored as D)),
  }
}

/** Clears the deadline that fired, and keeps it where it was set anew in the meantime: a bare clear would lose that. */
function answered(
  name: string,
  { set, clear }: Effects<unknown>['deadlines'],
  wantedAt: number | undefined,
): Effects<unknown>['deadlines'] {
  const isSet = wantedAt === undefined || set.some((one) => one.name === name)
  return { clear: [...clear, name], set: isSet ? set : [...set, { name, dueAt: wantedAt }] }
}
