/**
 * What every store adapter promises (ST1–ST11), as one suite: `storeContract('embedded', openHarness)`.
 * Nothing here knows an adapter; what only one of them has is tested beside it.
 */
import {
  type Change,
  type CommandId,
  OutcomeUnknown,
  type RecordWrite,
  type StoredEvent,
  verifyChain,
} from '@holdpoint/server'
import { DAY, HOUR, MINUTE, SECOND } from '@holdpoint/shared'
import { describe, expect, it } from 'vitest'
import {
  agentRef,
  changeTo,
  committed,
  type OpenHarness,
  startedBy,
  TENANT,
  upTo,
  wholeFeed,
  worker,
} from './store-harness.ts'

const command = (key: string, principal = 'worker'): CommandId => ({ principal, key })

const remember = (
  key: string,
  retain: { holder: string } | { forMs: number } = { forMs: MINUTE },
  answer: unknown = { said: key },
) => ({ command: command(key), fingerprint: `print of ${key}`, answer, retain })

const record = (id: string, at: number, more: Partial<RecordWrite> = {}): RecordWrite => ({
  kind: 'approval',
  id,
  agent: 'worker',
  status: 'pending',
  open: true,
  at,
  data: { summary: `what ${id} asks` },
  ...more,
})

const ids = (records: readonly { id: string }[]): string[] => records.map(({ id }) => id)
const names = (deadlines: readonly { name: string }[]): string[] => deadlines.map(({ name }) => name)
const seqs = (events: readonly StoredEvent[]): number[] => events.map(({ seq }) => seq)

interface Growing {
  readonly step: number
  readonly items: readonly { readonly at: number }[]
  readonly counts: Readonly<Record<string, number | undefined>>
}

export function storeContract(name: string, open: OpenHarness): void {
  describe(`the ${name} store`, () => {
    describe('documents', () => {
      it('[ST1] a document that nobody wrote has version 0', async () => {
        await using h = await open()
        expect(await h.store.load(worker)).toMatchObject({ doc: undefined, version: 0 })
      })

      it('[ST1] load sees every earlier commit', async () => {
        await using h = await open()
        for (const step of upTo(5)) {
          const more = { expectedVersion: step - 1, doc: { step } }
          expect(await committed(h.store, worker, more)).toMatchObject({ version: step })
          expect(await h.store.load(worker)).toEqual({ doc: { step }, version: step, cached: false })
        }
      })

      it('[ST1] [ST2] a document that is made from the one before it is read as it was written, by whoever reads it', async () => {
        await using h = await open()
        let before: Growing | undefined
        for (const step of upTo(20)) {
          const doc: Growing = {
            ...before,
            step,
            items: [...(before?.items ?? []).filter(({ at }) => at !== step - 3), { at: step }],
            counts: { ...before?.counts, [`c${step % 4}`]: step, gone: step % 5 === 0 ? undefined : step },
          }
          const { version } = await committed(h.store, worker, { expectedVersion: step - 1, before, doc })
          const standing = { doc: JSON.parse(JSON.stringify(doc)), version }
          expect(await h.store.load(worker)).toEqual({ ...standing, cached: false })
          expect(await h.store.listDocuments({ tenant: TENANT, kind: 'agent', limit: 1 })).toMatchObject([
            standing,
          ])
          const late = changeTo(worker, h.store.now(), { expectedVersion: step - 1, before, doc: {} })
          expect(await h.store.commit(late)).toEqual({ status: 'stale', ...standing })
          // what was committed, what was read, and what is read after a start are as good as one another
          if (step % 3 === 1) await h.reopen()
          before = step % 3 === 0 ? doc : ((await h.store.load(worker)).doc as Growing)
        }
      })

      it('[ST1] documents differ by tenant, kind and id', async () => {
        await using h = await open()
        const refs = [
          worker,
          agentRef('worker', 'other'),
          agentRef('worker/1'),
          { ...worker, kind: 'access' as const },
        ]
        for (const ref of refs) await committed(h.store, ref, { doc: { ref } })
        for (const ref of refs) expect(await h.store.load(ref)).toMatchObject({ doc: { ref }, version: 1 })
      })

      it('documents are listed by id, page by page', async () => {
        await using h = await open()
        for (const id of ['c', 'a', 'e', 'b', 'd']) await committed(h.store, agentRef(id), { doc: { id } })
        await committed(h.store, agentRef('z', 'other'))
        await committed(h.store, { tenant: TENANT, kind: 'access', id: 'x' })
        const query = { tenant: TENANT, kind: 'agent', limit: 3 } as const
        const first = await h.store.listDocuments(query)
        expect(first).toMatchObject(
          ['a', 'b', 'c'].map((id) => ({ tenant: TENANT, kind: 'agent', id, doc: { id }, version: 1 })),
        )
        expect(ids(await h.store.listDocuments({ ...query, afterId: 'c' }))).toEqual(['d', 'e'])
      })
    })

    describe('one atomic step', () => {
      it('[ST2] a stale version returns what stands', async () => {
        await using h = await open()
        await committed(h.store, worker, { doc: { step: 1 } })
        await committed(h.store, worker, { expectedVersion: 1, doc: { step: 2 } })
        const stale = { status: 'stale', doc: { step: 2 }, version: 2 }
        for (const expectedVersion of [0, 1, 3])
          expect(await h.store.commit(changeTo(worker, h.store.now(), { expectedVersion }))).toEqual(stale)
      })

      it('[ST2] a version is expected of a document that does not exist: nothing stands', async () => {
        await using h = await open()
        const result = await h.store.commit(changeTo(worker, h.store.now(), { expectedVersion: 1 }))
        expect(result).toMatchObject({ status: 'stale', doc: undefined, version: 0 })
      })

      it('[ST2] a change is refused where what it rests on is at another version, or has come to be', async () => {
        await using h = await open()
        const { store } = h
        const person = { tenant: TENANT, kind: 'person', id: 'ana' } as const
        const resting = (version: number, expectedVersion = 0) =>
          store.commit(
            changeTo(worker, store.now(), { expectedVersion, restsOn: [{ ref: person, version }] }),
          )
        expect(await resting(1)).toEqual({ status: 'outdated' })
        expect(await resting(0)).toMatchObject({ status: 'committed', version: 1 })
        expect(await store.commit(changeTo(person, store.now()))).toMatchObject({ status: 'committed' })
        expect(await resting(0, 1)).toEqual({ status: 'outdated' })
        expect(await wholeFeed(store)).toHaveLength(2)
        // in one turn with what it rests on: in the order in which they came
        const [before, change, after] = await Promise.all([
          resting(1, 1),
          store.commit(changeTo(person, store.now(), { expectedVersion: 1 })),
          resting(1, 2),
        ])
        expect([before?.status, change?.status, after?.status]).toEqual([
          'committed',
          'committed',
          'outdated',
        ])
        expect(await resting(2, 2)).toMatchObject({ status: 'committed', version: 3 })
      })

      it('[ST2] [ST10] a refused change writes nothing of itself', async () => {
        await using h = await open()
        const { store } = h
        await committed(store, worker)
        const whole: Partial<Change> = {
          deadlines: { set: [{ name: 'expiry', dueAt: store.now() }] },
          records: [record('a1', store.now())],
          blobs: [{ digest: 'sha256:1', text: 'text' }],
          remember: remember('k1'),
        }
        const stale = await store.commit(changeTo(worker, store.now(), whole))
        const late = { ...whole, expectedVersion: 1, notAfter: store.now() }
        const tooLate = await store.commit(changeTo(worker, store.now(), late))
        expect([stale.status, tooLate.status]).toEqual(['stale', 'too_late'])
        expect(await store.load(worker, command('k1'))).toEqual({
          doc: { state: 'running' },
          version: 1,
          cached: false,
        })
        expect(await wholeFeed(store)).toHaveLength(1)
        expect(await store.record(TENANT, 'approval', 'a1')).toBeUndefined()
        expect(await store.countOpen(TENANT)).toEqual({})
        expect(await store.blob(TENANT, 'sha256:1')).toBeUndefined()
        expect(await store.nextDeadlineAt()).toBeUndefined()
      })

      it('[ST2] of many writers at one version, one wins', async () => {
        await using h = await open()
        const results = await Promise.all(
          upTo(20).map((n) => h.store.commit(changeTo(worker, h.store.now(), { doc: { n } }))),
        )
        const winners = results.filter(({ status }) => status === 'committed')
        const { doc, version } = await h.store.load(worker)
        expect(winners).toHaveLength(1)
        expect(version).toBe(1)
        for (const result of results)
          if (result.status === 'stale') expect(result).toMatchObject({ doc, version })
        expect(await wholeFeed(h.store)).toHaveLength(1)
      })

      it('a change that can not be written fails alone', async () => {
        await using h = await open()
        const circular: Record<string, unknown> = {}
        circular.self = circular
        const changes = upTo(9).map((n) =>
          changeTo(agentRef(`w${n}`), h.store.now(), n === 5 ? { doc: circular } : {}),
        )
        const settled = await Promise.allSettled(changes.map((change) => h.store.commit(change)))
        expect(settled.map(({ status }) => status === 'fulfilled')).toEqual(upTo(9).map((n) => n !== 5))
        expect(await h.store.load(agentRef('w5'))).toMatchObject({ version: 0 })
        expect(seqs(await wholeFeed(h.store))).toEqual(upTo(8))
      })

      it('a change without events is a change', async () => {
        await using h = await open()
        const { head } = await committed(h.store, worker, { events: [], doc: { quiet: true } })
        expect(head).toMatchObject({ seq: 0, hash: '' })
        expect(await h.store.load(worker)).toMatchObject({ doc: { quiet: true }, version: 1 })
        expect(await h.store.heads()).toEqual([])
      })

      it('[ST3] what was acknowledged survives the death of the process, whole', async () => {
        await using h = await open()
        const dueAt = h.store.now() + HOUR
        for (const n of upTo(30)) {
          await committed(h.store, agentRef(`w${n}`), {
            doc: { n },
            deadlines: { set: [{ name: 'expiry', dueAt: dueAt + n }] },
            records: [record(`a${n}`, n)],
            blobs: [{ digest: `sha256:${n}`, text: `text ${n}` }],
            remember: remember(`k${n}`),
          })
        }
        const before = await wholeFeed(h.store)
        await h.crash()
        expect(await wholeFeed(h.store)).toEqual(before)
        expect(await h.store.nextDeadlineAt()).toBe(dueAt + 1)
        expect(await h.store.countOpen(TENANT)).toEqual({ approval: 30 })
        for (const n of upTo(30)) {
          expect(await h.store.load(agentRef(`w${n}`), command(`k${n}`))).toMatchObject({
            doc: { n },
            version: 1,
            earlier: { answer: { said: `k${n}` } },
          })
          expect(await h.store.record(TENANT, 'approval', `a${n}`)).toMatchObject({ id: `a${n}`, seq: n })
          expect(await h.store.blob(TENANT, `sha256:${n}`)).toBe(`text ${n}`)
        }
      })
    })

    describe('answers', () => {
      it('[ST4] load gives the first answer to a command', async () => {
        await using h = await open()
        await committed(h.store, worker, { remember: remember('k1') })
        const { earlier } = await h.store.load(worker, command('k1'))
        expect(earlier).toEqual({ fingerprint: 'print of k1', answer: { said: 'k1' } })
        expect((await h.store.load(worker, command('k2'))).earlier).toBeUndefined()
        expect((await h.store.load(worker)).earlier).toBeUndefined()
      })

      it('[ST4] a repeated command gets its first answer before its version is looked at', async () => {
        await using h = await open()
        await committed(h.store, worker, { remember: remember('k1') })
        const again = { remember: { ...remember('k1'), fingerprint: 'another', answer: 'another' } }
        for (const expectedVersion of [0, 1])
          expect(
            await h.store.commit(changeTo(worker, h.store.now(), { ...again, expectedVersion })),
          ).toEqual({ status: 'repeated', earlier: { fingerprint: 'print of k1', answer: { said: 'k1' } } })
        expect(await wholeFeed(h.store)).toHaveLength(1)
      })

      it('[ST4] of one command sent many times at once, one is taken', async () => {
        await using h = await open()
        const results = await Promise.all(
          upTo(10).map((n) =>
            h.store.commit(
              changeTo(agentRef(`w${n}`), h.store.now(), { remember: remember('k1', undefined, n) }),
            ),
          ),
        )
        const statuses = results.map(({ status }) => status)
        expect(statuses.filter((status) => status === 'committed')).toHaveLength(1)
        expect(statuses.filter((status) => status === 'repeated')).toHaveLength(9)
        expect(await wholeFeed(h.store)).toHaveLength(1)
      })

      it('[ST4] command ids belong to a tenant and a principal', async () => {
        await using h = await open()
        await committed(h.store, worker, { remember: remember('k1') })
        const otherTenant = await h.store.load(agentRef('worker', 'other'), command('k1'))
        const otherPrincipal = await h.store.load(worker, command('k1', 'ana'))
        expect([otherTenant.earlier, otherPrincipal.earlier]).toEqual([undefined, undefined])
        await committed(h.store, agentRef('worker', 'other'), { remember: remember('k1') })
      })

      it('[ST4] an answer for a time is kept for that time', async () => {
        await using h = await open()
        await committed(h.store, worker, { remember: remember('k1', { forMs: 10 * MINUTE }) })
        await h.advance(9 * MINUTE)
        expect((await h.store.load(worker, command('k1'))).earlier).toBeDefined()
        await h.advance(2 * MINUTE)
        expect((await h.store.load(worker, command('k1'))).earlier).toBeUndefined()
        // The key is free again, even where the old answer was not cleared away yet.
        await committed(h.store, worker, { expectedVersion: 1, remember: remember('k1', undefined, 'new') })
        expect((await h.store.load(worker, command('k1'))).earlier).toMatchObject({ answer: 'new' })
      })

      it('[ST4] an answer is kept while its holder is open, and a day beyond', async () => {
        await using h = await open()
        const holder = { holder: 'item-1' }
        await committed(h.store, worker, { remember: remember('k1', holder) })
        await committed(h.store, agentRef('other'), { remember: remember('k2', { holder: 'item-2' }) })
        await h.advance(30 * DAY)
        await h.reopen()
        expect((await h.store.load(worker, command('k1'))).earlier).toBeDefined()
        await committed(h.store, worker, {
          expectedVersion: 1,
          remember: remember('k3', holder),
          closeHolders: ['item-1'],
        })
        await h.advance(DAY - HOUR)
        expect((await h.store.load(worker, command('k1'))).earlier).toBeDefined()
        expect((await h.store.load(worker, command('k3'))).earlier).toBeDefined()
        await h.advance(2 * HOUR)
        expect((await h.store.load(worker, command('k1'))).earlier).toBeUndefined()
        expect((await h.store.load(worker, command('k3'))).earlier).toBeUndefined()
        expect((await h.store.load(worker, command('k2'))).earlier).toBeDefined()
      })

      it('[ST4] another tenant closing a holder of the same name closes nothing here', async () => {
        await using h = await open()
        await committed(h.store, worker, { remember: remember('k1', { holder: 'item-1' }) })
        await committed(h.store, agentRef('worker', 'other'), { closeHolders: ['item-1'] })
        await h.advance(2 * DAY)
        expect((await h.store.load(worker, command('k1'))).earlier).toBeDefined()
      })
    })

    describe('the feed', () => {
      it('[ST5] is dense from 1 however many write at once', async () => {
        await using h = await open()
        const results = await Promise.all(
          upTo(40).map((n) =>
            committed(h.store, agentRef(`w${n}`), { events: upTo(n % 4).map(() => startedBy(`w${n}`)) }),
          ),
        )
        const feed = await wholeFeed(h.store)
        expect(seqs(feed)).toEqual(upTo(feed.length))
        const answered = results.flatMap(({ events }) => events).sort((a, b) => a.seq - b.seq)
        expect(answered).toEqual(feed)
      })

      it('[ST5] a partition belongs to one tenant', async () => {
        await using h = await open()
        await Promise.all([
          committed(h.store, agentRef('w0', 'quiet'), { events: [] }),
          ...['acme', 'other', 'acme', 'other', 'acme'].map((tenant, n) =>
            committed(h.store, agentRef(`w${n}`, tenant)),
          ),
        ])
        const [acme, other] = [h.store.partitionOf('acme'), h.store.partitionOf('other')]
        expect(acme).not.toBe(other)
        const feeds = [await wholeFeed(h.store, acme), await wholeFeed(h.store, other)]
        expect(feeds.map(seqs)).toEqual([upTo(3), upTo(2)])
        expect(feeds.map((feed) => new Set(feed.map(({ tenant }) => tenant)))).toEqual([
          new Set(['acme']),
          new Set(['other']),
        ])
      })

      it('[ST5] an event comes back as it was written, with its place, time and cause', async () => {
        await using h = await open()
        const at = h.store.now()
        const event = {
          type: 'agent.paused',
          agent: 'worker',
          by: 'ana',
          data: { reason: 'naïve ⚠ "quote"', nested: [1, 2.5, null, { b: 1, a: true }] },
          push: { seq: 7, state: 'paused' },
        }
        const bare = { type: 'order.placed', data: {} }
        const written = await committed(h.store, worker, {
          at,
          events: [event, bare],
          remember: remember('k1'),
        })
        const place = { tenant: TENANT, partition: h.store.partitionOf(TENANT), at, command: command('k1') }
        const feed = await wholeFeed(h.store)
        expect(feed).toEqual([
          { ...event, ...place, seq: 1, hash: feed[0]?.hash },
          { ...bare, ...place, seq: 2, hash: feed[1]?.hash },
        ])
        expect(written.events).toEqual(feed)
      })

      it('[ST5] is read in pages after a seq', async () => {
        await using h = await open()
        await committed(h.store, worker, { events: upTo(10).map(() => startedBy('worker')) })
        const read = async (after: number, limit: number) =>
          seqs(await h.store.readFeed(h.store.partitionOf(TENANT), after, limit))
        expect(await read(0, 3)).toEqual([1, 2, 3])
        expect(await read(7, 100)).toEqual([8, 9, 10])
        expect(await read(10, 5)).toEqual([])
        expect(await h.store.readFeed('nobody/0', 0, 5)).toEqual([])
      })

      it('[PR7] [ST9] is a hash chain that ends at its head', async () => {
        await using h = await open()
        const partition = h.store.partitionOf(TENANT)
        expect(await h.store.head(partition)).toEqual({ partition, tenant: TENANT, seq: 0, hash: '' })
        for (const n of upTo(3)) {
          const { head } = await committed(h.store, agentRef(`w${n}`), {
            events: upTo(n).map(() => startedBy(`w${n}`)),
          })
          expect(await h.store.head(partition)).toEqual(head)
        }
        const feed = await wholeFeed(h.store)
        expect(verifyChain(feed)).toBeUndefined()
        expect(await h.store.heads()).toEqual([{ partition, tenant: TENANT, seq: 6, hash: feed[5]?.hash }])
        expect(new Set(feed.map(({ hash }) => hash)).size).toBe(6)
        for (const { seq, hash } of feed) expect(await h.store.hashAt(partition, seq)).toBe(hash)
        for (const seq of [0, 7]) expect(await h.store.hashAt(partition, seq)).toBeUndefined()
      })

      it('[ST9] goes on where it was, under the same epoch, when it is opened again', async () => {
        await using h = await open()
        const { epoch } = h.store
        expect(epoch).toBeGreaterThan(0)
        await committed(h.store, worker)
        await h.reopen()
        await committed(h.store, worker, { expectedVersion: 1 })
        await h.crash()
        await committed(h.store, worker, { expectedVersion: 2 })
        const feed = await wholeFeed(h.store)
        expect(seqs(feed)).toEqual([1, 2, 3])
        expect(verifyChain(feed)).toBeUndefined()
        expect(h.store.epoch).toBe(epoch)
      })

      it('what an agent’s socket must be told is read by its own numbers', async () => {
        await using h = await open()
        const push = (agent: string, seq: number) => ({
          ...startedBy(agent),
          push: { seq, state: 'running' },
        })
        await committed(h.store, worker, {
          events: [push('worker', 1), startedBy('worker'), push('worker', 2)],
        })
        await committed(h.store, agentRef('w2'), { events: [push('w2', 1)] })
        await committed(h.store, agentRef('worker', 'other'), {
          events: [push('worker', 1), push('worker', 2)],
        })
        await committed(h.store, worker, {
          expectedVersion: 1,
          events: [push('worker', 3), push('worker', 4)],
        })
        const read = async (after: number, limit: number) =>
          (await h.store.readPushes(TENANT, 'worker', after, limit)).map((event) => event.push?.seq)
        expect(await read(0, 10)).toEqual([1, 2, 3, 4])
        expect(await read(1, 2)).toEqual([2, 3])
        expect(await read(4, 10)).toEqual([])
        expect(await h.store.readPushes('nobody', 'worker', 0, 10)).toEqual([])
      })

      it('says so after each durable commit, until it is told not to', async () => {
        await using h = await open()
        const partition = h.store.partitionOf(TENANT)
        let told = 0
        const unsubscribe = h.store.onCommitted((hint) => {
          expect(hint.partition).toBe(partition)
          told = Math.max(told, hint.seq)
        })
        await committed(h.store, worker, { events: [startedBy('worker'), startedBy('worker')] })
        await expect.poll(() => told).toBe(2)
        unsubscribe()
        await committed(h.store, worker, { expectedVersion: 1 })
        expect(await h.store.head(partition)).toMatchObject({ seq: 3 })
        expect(told).toBe(2)
      })
    })

    describe('history', () => {
      const types = [
        'approval.requested',
        'approval.approved',
        'approvals.odd',
        'agent.paused',
        'ticket.opened',
      ]
      const people = ['ana', 'bo', undefined]

      it('answers every combination of filters, newest first, page by page', async () => {
        await using h = await open()
        const start = h.store.now()
        for (const n of upTo(60)) {
          const agent = `w${n % 4}`
          const by = people[n % 3]
          await committed(h.store, agentRef(`doc-${n}`), {
            // Some are decided before, and committed after others.
            at: start + n * SECOND - (n % 5 === 0 ? 3 * SECOND : 0),
            events: [{ type: types[n % 5] ?? '', agent, ...(by ? { by } : {}), data: { n } }],
          })
        }
        await committed(h.store, agentRef('w1', 'other'))
        const all = (await wholeFeed(h.store)).toReversed()
        for (const agent of [undefined, 'w1', 'nobody'])
          for (const type of [undefined, 'agent.paused', 'approval.*', 'approvals.*', 'nothing.*'])
            for (const by of [undefined, 'ana'])
              for (const from of [undefined, start + 20 * SECOND])
                for (const to of [undefined, start + 53 * SECOND])
                  for (const before of [undefined, 40]) {
                    const expected = all.filter(
                      (event) =>
                        (agent === undefined || event.agent === agent) &&
                        (by === undefined || event.by === by) &&
                        (from === undefined || event.at >= from) &&
                        (to === undefined || event.at < to) &&
                        (before === undefined || event.seq < before) &&
                        (type === undefined ||
                          (type.endsWith('*')
                            ? event.type.startsWith(type.slice(0, -1))
                            : event.type === type)),
                    )
                    const filter = Object.fromEntries(
                      Object.entries({ agent, type, by, from, to, before }).filter(
                        ([, value]) => value !== undefined,
                      ),
                    )
                    const found = await h.store.history({ tenant: TENANT, ...filter, limit: 6 })
                    expect(found, JSON.stringify(filter)).toEqual(expected.slice(0, 6))
                  }
        expect(await h.store.history({ tenant: 'nobody', limit: 5 })).toEqual([])
      })
    })

    describe('records and blobs', () => {
      it('a record is kept as last written, with its first time', async () => {
        await using h = await open()
        await committed(h.store, worker, { records: [record('a1', 100)] })
        expect(await h.store.record(TENANT, 'approval', 'a1')).toEqual({
          ...record('a1', 100),
          tenant: TENANT,
          seq: 1,
        })
        const settled = { status: 'approved', open: false, data: { by: 'ana' } }
        await committed(h.store, worker, {
          expectedVersion: 1,
          events: [startedBy('worker'), startedBy('worker')],
          records: [record('a1', 999, settled)],
        })
        expect(await h.store.record(TENANT, 'approval', 'a1')).toEqual({
          ...record('a1', 100, settled),
          tenant: TENANT,
          seq: 3,
        })
        expect(await h.store.record('other', 'approval', 'a1')).toBeUndefined()
        expect(await h.store.record(TENANT, 'ticket', 'a1')).toBeUndefined()
      })

      it('records are found by every combination of filters, by time, page by page', async () => {
        await using h = await open()
        const { agent: _, ...nobodys } = record('r0', 5)
        const records: RecordWrite[] = [
          nobodys,
          ...upTo(40).map((n) =>
            record(`r${n}`, 10 - (n % 7), {
              agent: `w${n % 3}`,
              status: n % 2 ? 'pending' : 'approved',
              open: n % 4 !== 0,
            }),
          ),
        ]
        await committed(h.store, worker, { records })
        await committed(h.store, agentRef('worker', 'other'), { records: [record('else', 1)] })
        await committed(h.store, agentRef('t'), { records: [record('t1', 1, { kind: 'ticket' })] })
        const sorted = records.toSorted((a, b) => a.at - b.at || (a.id < b.id ? -1 : 1))
        for (const agent of [undefined, 'w1', 'nobody'])
          for (const status of [undefined, 'approved'])
            for (const isOpen of [undefined, true, false])
              for (const after of [undefined, sorted[9]]) {
                const expected = sorted.filter(
                  (one) =>
                    (agent === undefined || one.agent === agent) &&
                    (status === undefined || one.status === status) &&
                    (isOpen === undefined || one.open === isOpen) &&
                    (after === undefined || one.at > after.at || (one.at === after.at && one.id > after.id)),
                )
                const filter = {
                  ...(agent === undefined ? {} : { agent }),
                  ...(status === undefined ? {} : { status }),
                  ...(isOpen === undefined ? {} : { open: isOpen }),
                  ...(after === undefined ? {} : { after: { at: after.at, id: after.id } }),
                }
                const found = await h.store.records({ tenant: TENANT, kind: 'approval', ...filter, limit: 6 })
                expect(ids(found), JSON.stringify(filter)).toEqual(ids(expected).slice(0, 6))
              }
      })

      it('open records are counted per kind and tenant, over restarts', async () => {
        await using h = await open()
        const ticket = { kind: 'ticket', status: 'open' } as const
        await committed(h.store, worker, {
          records: [record('a1', 1), record('a2', 2), record('t1', 3, ticket)],
        })
        expect(await h.store.countOpen(TENANT)).toEqual({ approval: 2, ticket: 1 })
        await committed(h.store, worker, {
          expectedVersion: 1,
          records: [
            record('a1', 1, { open: false }),
            record('a2', 2),
            record('t1', 3, { ...ticket, open: false }),
          ],
        })
        expect(await h.store.countOpen(TENANT)).toEqual({ approval: 1 })
        await h.reopen()
        expect(await h.store.countOpen(TENANT)).toEqual({ approval: 1 })
        expect(await h.store.countOpen('other')).toEqual({})
      })

      it('a blob never changes, and tenants do not share it', async () => {
        await using h = await open()
        await committed(h.store, worker, { blobs: [{ digest: 'sha256:1', text: 'first' }] })
        await committed(h.store, worker, {
          expectedVersion: 1,
          blobs: [{ digest: 'sha256:1', text: 'second' }],
        })
        expect(await h.store.blob(TENANT, 'sha256:1')).toBe('first')
        expect(await h.store.blob('other', 'sha256:1')).toBeUndefined()
        expect(await h.store.blob(TENANT, 'sha256:2')).toBeUndefined()
      })
    })

    describe('deadlines', () => {
      it('[ST10] are due at their time by the store’s clock, not before', async () => {
        await using h = await open()
        const dueAt = h.store.now() + MINUTE
        await committed(h.store, worker, { deadlines: { set: [{ name: 'expiry', dueAt }] } })
        expect(await h.store.nextDeadlineAt()).toBe(dueAt)
        expect(await h.store.claimDeadlines(10, SECOND)).toEqual([])
        await h.advance(MINUTE)
        expect(await h.store.claimDeadlines(10, SECOND)).toEqual([{ ref: worker, name: 'expiry', dueAt }])
      })

      it('[ST6] a claim keeps others away until its lease ends, then it comes back', async () => {
        await using h = await open()
        const dueAt = h.store.now()
        await committed(h.store, worker, { deadlines: { set: [{ name: 'expiry', dueAt }] } })
        const claimedAt = h.store.now()
        expect(names(await h.store.claimDeadlines(10, 30 * SECOND))).toEqual(['expiry'])
        expect(await h.store.claimDeadlines(10, 30 * SECOND)).toEqual([])
        expect(await h.store.nextDeadlineAt()).toBeGreaterThanOrEqual(claimedAt + 30 * SECOND)
        await h.advance(31 * SECOND)
        expect(await h.store.claimDeadlines(10, 30 * SECOND)).toEqual([
          { ref: worker, name: 'expiry', dueAt },
        ])
      })

      it('[ST6] a claim whose claimer died comes back', async () => {
        await using h = await open()
        await committed(h.store, worker, { deadlines: { set: [{ name: 'expiry', dueAt: h.store.now() }] } })
        expect(names(await h.store.claimDeadlines(10, 30 * SECOND))).toEqual(['expiry'])
        await h.crash()
        await h.advance(31 * SECOND)
        expect(names(await h.store.claimDeadlines(10, 30 * SECOND))).toEqual(['expiry'])
      })

      it('[ST6] a claimed deadline that a commit clears is gone', async () => {
        await using h = await open()
        const set = [
          { name: 'expiry', dueAt: h.store.now() },
          { name: 'reminder', dueAt: h.store.now() },
        ]
        await committed(h.store, worker, { deadlines: { set } })
        expect(await h.store.claimDeadlines(10, SECOND)).toHaveLength(2)
        await committed(h.store, worker, {
          expectedVersion: 1,
          deadlines: { clear: ['expiry', 'never was'] },
        })
        await h.advance(MINUTE)
        expect(names(await h.store.claimDeadlines(10, SECOND))).toEqual(['reminder'])
      })

      it('[ST6] a deadline that is set anew has its new time, and nobody’s claim', async () => {
        await using h = await open()
        const dueAt = h.store.now()
        await committed(h.store, worker, { deadlines: { set: [{ name: 'expiry', dueAt }] } })
        expect(await h.store.claimDeadlines(10, HOUR)).toHaveLength(1)
        const later = dueAt + MINUTE
        await committed(h.store, worker, {
          expectedVersion: 1,
          deadlines: { clear: ['expiry'], set: [{ name: 'expiry', dueAt: later }] },
        })
        expect(await h.store.claimDeadlines(10, HOUR)).toEqual([])
        expect(await h.store.nextDeadlineAt()).toBe(later)
        await h.advance(MINUTE)
        expect(await h.store.claimDeadlines(10, HOUR)).toEqual([
          { ref: worker, name: 'expiry', dueAt: later },
        ])
      })

      it('are claimed oldest first, each by one claimer', async () => {
        await using h = await open()
        const start = h.store.now()
        const order = [4, 1, 5, 2, 3]
        for (const n of order)
          await committed(h.store, agentRef(`w${n}`), {
            deadlines: { set: [{ name: `d${n}`, dueAt: start + n }] },
          })
        await h.advance(SECOND)
        const [first, second] = await Promise.all([
          h.store.claimDeadlines(3, MINUTE),
          h.store.claimDeadlines(3, MINUTE),
        ])
        expect([...names(first), ...names(second)]).toEqual(['d1', 'd2', 'd3', 'd4', 'd5'])
      })

      it('[PR5] last longer than a timer can, and over a restart', async () => {
        await using h = await open()
        const dueAt = h.store.now() + 40 * DAY
        await committed(h.store, worker, { deadlines: { set: [{ name: 'far', dueAt }] } })
        await h.advance(39 * DAY)
        await h.reopen()
        expect(await h.store.claimDeadlines(10, SECOND)).toEqual([])
        await h.advance(2 * DAY)
        expect(names(await h.store.claimDeadlines(10, SECOND))).toEqual(['far'])
      })
    })

    describe('time', () => {
      it('[ST10] [AP3] at `notAfter`, by the store’s clock, it is too late', async () => {
        await using h = await open()
        const notAfter = h.store.now() + MINUTE
        await committed(h.store, worker, { notAfter })
        await h.advance(MINUTE)
        // Decided in time, but not committed in time.
        const late = changeTo(worker, notAfter - 1, { expectedVersion: 1, notAfter })
        const result = await h.store.commit(late)
        expect(result).toMatchObject({ status: 'too_late' })
        if (result.status === 'too_late') expect(result.now).toBeGreaterThanOrEqual(notAfter)
        expect(await h.store.load(worker)).toMatchObject({ version: 1 })
      })

      it('[ST10] the store’s clock does not go back over a restart', async () => {
        await using h = await open()
        await h.advance(MINUTE)
        await committed(h.store, worker)
        const before = h.store.now()
        await h.crash()
        expect(h.store.now()).toBeGreaterThanOrEqual(before)
      })

      it('[ST10] [PR8] a wall clock that was ahead and is set back does not stop the store’s', async () => {
        await using h = await open()
        await h.jump(DAY)
        await committed(h.store, worker)
        const before = h.store.now()
        await h.jump(-DAY)
        const notAfter = before + HOUR
        const due = [{ name: 'expiry', dueAt: notAfter }]
        await committed(h.store, worker, { expectedVersion: 1, notAfter, deadlines: { set: due } })
        expect(h.store.now()).toBe(before)
        await h.advance(HOUR)
        expect(h.store.now()).toBe(before + HOUR)
        const late = changeTo(worker, h.store.now(), { expectedVersion: 2, notAfter })
        expect(await h.store.commit(late)).toMatchObject({ status: 'too_late' })
        expect(names(await h.store.claimDeadlines(10, SECOND))).toEqual(['expiry'])
        // Also over a restart it goes on from its last commit.
        await committed(h.store, worker, { expectedVersion: 2 })
        await h.crash()
        await h.advance(HOUR)
        expect(h.store.now()).toBe(before + 2 * HOUR)
        // Caught up with, the wall clock leads again.
        await h.jump(2 * DAY)
        expect(h.store.now()).toBe(before + 2 * HOUR + DAY)
      })
    })

    describe('its end', () => {
      it('[ST7] close waits for what was accepted', async () => {
        await using h = await open()
        const accepted = upTo(25).map((n) => committed(h.store, agentRef(`w${n}`)))
        const closed = h.store.close()
        expect((await Promise.all(accepted)).map(({ version }) => version)).toEqual(upTo(25).map(() => 1))
        await closed
        await h.reopen()
        expect(await wholeFeed(h.store)).toHaveLength(25)
      })

      it('[ST7] afterwards every call rejects, and closing again is harmless', async () => {
        await using h = await open()
        const { store } = h
        await committed(store, worker)
        const partition = store.partitionOf(TENANT)
        await store.close()
        const calls = [
          () => store.load(worker),
          () => store.commit(changeTo(worker, store.now())),
          () => store.listDocuments({ tenant: TENANT, kind: 'agent', limit: 1 }),
          () => store.record(TENANT, 'approval', 'a1'),
          () => store.records({ tenant: TENANT, kind: 'approval', limit: 1 }),
          () => store.countOpen(TENANT),
          () => store.blob(TENANT, 'sha256:1'),
          () => store.head(partition),
          () => store.heads(),
          () => store.readFeed(partition, 0, 1),
          () => store.hashAt(partition, 1),
          () => store.readPushes(TENANT, 'worker', 0, 1),
          () => store.history({ tenant: TENANT, limit: 1 }),
          () => store.claimDeadlines(1, SECOND),
          () => store.nextDeadlineAt(),
          () => store.confirmArchived(partition, 1, ''),
          () => store.trim(partition, 1),
        ]
        for (const call of calls) await expect(call(), String(call)).rejects.toThrow('closed')
        await store.close()
      })

      it.each(['kept', 'lost'] as const)(
        '[ST8] a commit whose outcome was lost (%s) is unknown, and its command id tells later',
        async (how) => {
          await using h = await open()
          await committed(h.store, worker)
          h.failNextCommit(how)
          const change = changeTo(worker, h.store.now(), { expectedVersion: 1, remember: remember('k1') })
          await expect(h.store.commit(change)).rejects.toBeInstanceOf(OutcomeUnknown)
          await h.crash()
          const { version, earlier } = await h.store.load(worker, command('k1'))
          expect(version).toBe(how === 'kept' ? 2 : 1)
          expect(earlier?.answer).toEqual(how === 'kept' ? { said: 'k1' } : undefined)
          const again = await h.store.commit(change)
          expect(again.status).toBe(how === 'kept' ? 'repeated' : 'committed')
          expect(seqs(await wholeFeed(h.store))).toEqual([1, 2])
        },
      )
    })

    describe('trimming', () => {
      it('[ST11] takes only what an archive has confirmed', async () => {
        await using h = await open()
        const partition = h.store.partitionOf(TENANT)
        await committed(h.store, worker, { events: upTo(10).map(() => startedBy('worker')) })
        const feed = await wholeFeed(h.store)
        expect(await h.store.trim(partition, 10)).toBe(0)
        expect(await wholeFeed(h.store)).toEqual(feed)
        await h.store.confirmArchived(partition, 6, feed[5]?.hash ?? '')
        expect(await h.store.trim(partition, 4)).toBe(4)
        expect(await h.store.readFeed(partition, 4, 10)).toEqual(feed.slice(4))
        expect(await h.store.trim(partition, 10)).toBe(6)
        expect(await h.store.readFeed(partition, 6, 10)).toEqual(feed.slice(6))
        expect(seqs(await h.store.history({ tenant: TENANT, limit: 10 }))).toEqual([10, 9, 8, 7])
        expect(await h.store.trim(partition, 3)).toBe(6)
      })

      it('[ST11] an archive that holds another history is refused', async () => {
        await using h = await open()
        const partition = h.store.partitionOf(TENANT)
        await committed(h.store, worker, { events: [startedBy('worker'), startedBy('worker')] })
        const [first] = await wholeFeed(h.store)
        await expect(h.store.confirmArchived(partition, 2, first?.hash ?? '')).rejects.toThrow()
        await expect(h.store.confirmArchived(partition, 3, first?.hash ?? '')).rejects.toThrow()
        await expect(h.store.confirmArchived('nobody/0', 1, first?.hash ?? '')).rejects.toThrow()
        expect(await h.store.trim(partition, 2)).toBe(0)
      })

      it('[ST11] [ST5] [PR7] the feed goes on, dense and chained, over restarts', async () => {
        await using h = await open()
        const partition = h.store.partitionOf(TENANT)
        await committed(h.store, worker, { events: upTo(3).map(() => startedBy('worker')) })
        const { hash = '' } = (await wholeFeed(h.store))[2] ?? {}
        await h.store.confirmArchived(partition, 3, hash)
        expect(await h.store.trim(partition, 3)).toBe(3)
        await h.reopen()
        expect(await h.store.head(partition)).toMatchObject({ seq: 3, hash })
        expect(await h.store.hashAt(partition, 3)).toBe(hash)
        expect(await h.store.hashAt(partition, 2)).toBeUndefined()
        await committed(h.store, worker, { expectedVersion: 1 })
        const rest = await h.store.readFeed(partition, 3, 10)
        expect(seqs(rest)).toEqual([4])
        expect(verifyChain(rest, { seq: 3, hash })).toBeUndefined()
      })
    })
  })
}
