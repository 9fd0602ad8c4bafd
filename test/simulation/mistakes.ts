/**
 * Mistakes that somebody could make, each put into the product or its store on purpose. The simulation must find every
 * one of them, or it proves nothing about the product without them.
 */
import type { Alteration } from './bundle.ts'
import type { StoreMistakes } from './store/database.ts'

export interface Mistake {
  readonly name: string
  /** What gives it away. */
  readonly foundAs: RegExp
  /** The seed that found it last: looked at first, and after it others of its kind. */
  readonly foundAt: number
  readonly store?: StoreMistakes
  /** Looked for where the agents' programs keep no keys. */
  readonly keyless?: boolean
  readonly alterations?: readonly Alteration[]
}

const altered = (module: string, from: string, to: string): Alteration => ({ module, from, to })

const HANDLE = 'server/src/commands/handle-command.ts'
const RELEASES = 'server/src/domain/releases.ts'
const BEGINS = 'server/src/domain/begins.ts'
const RUNS = 'server/src/domain/runs.ts'
const UNSETTLED = 'server/src/domain/unsettled.ts'
const ORDERS = 'server/src/domain/orders.ts'
const CLIENT_LEASE = 'client-sdk/src/lease.ts'

export const mistakes: readonly Mistake[] = [
  // ── the store ───────────────────────────────────────────────────────────────────────────────────────────────────
  {
    name: 'the store answers before it has written',
    foundAt: 1,
    foundAs: /^(Lost|Feed|Unreleased|Twice|Acted twice)/,
    store: { answerEarly: true },
  },
  { name: 'the store keeps no command ids', foundAt: 1, foundAs: /^Twice/, store: { forgetAnswers: true } },
  {
    name: 'the store compares no versions',
    foundAt: 42,
    foundAs: /^(Lost|Twice|Unreleased)/,
    store: { ignoreVersion: true },
  },
  { name: 'the store ignores notAfter', foundAt: 204, foundAs: /^Expired/, store: { ignoreNotAfter: true } },
  {
    name: 'the store epoch is not raised after history was lost',
    foundAt: 2145,
    foundAs: /^(Epoch|Held.*history was lost)/,
    store: { keepEpoch: true },
  },
  {
    name: 'a node goes on with a history that was lost',
    foundAt: 80,
    foundAs: /^(Epoch|(Held|Acted).*history was lost)/,
    store: { unfenced: true },
  },
  {
    name: 'who starts after history was lost does not wait for whom it forgot',
    foundAt: 1236,
    foundAs: /^(Held|Acted).*was handed out/,
    alterations: [altered(HANDLE, 'storeEpochOf(doc.epoch) < store.epoch', 'storeEpochOf(doc.epoch) < 0')],
  },
  {
    name: 'bytes that went with lost history are taken for a defect',
    foundAt: 25356,
    foundAs: /^Defect: Error: the bytes/,
    alterations: [altered('server/src/commands/stored-bytes.ts', '  await store.heads()\n', '')],
  },
  {
    name: 'a refusal is given on a cached version',
    foundAt: 465,
    foundAs: /^Refused/,
    store: { staleLoads: true },
  },
  // ── time ────────────────────────────────────────────────────────────────────────────────────────────────────────
  {
    name: 'a deadline fires early, and is believed',
    foundAt: 4,
    foundAs: /^Early/,
    store: { claimEarlyMs: 400 },
    alterations: [
      altered(
        RELEASES,
        "if (item?.status === 'pending' && !item.held && hasExpired(draft, item))",
        "if (item?.status === 'pending' && !item.held)",
      ),
    ],
  },
  {
    name: 'expiry rests on the timer alone',
    foundAt: 204,
    foundAs: /^Expired/,
    alterations: [
      altered(RELEASES, '  if (hasExpired(draft, item)) {\n', '  if (id === undefined) {\n'),
      altered(RELEASES, '{ holder: released.id, notAfter: item.expiresAt }', '{ holder: released.id }'),
    ],
  },
  {
    name: 'a release can be begun for ever',
    foundAt: 1024,
    foundAs: /^(Expired|Unreleased)/,
    alterations: [
      altered(BEGINS, 'if (item.useBy !== undefined && facts.at >= item.useBy) {', 'if (item.useBy === 0) {'),
      altered(BEGINS, '{ holder: item.id, notAfter: item.useBy }', '{ holder: item.id }'),
    ],
  },
  {
    name: 'a deadline that was claimed is not taken over',
    foundAt: 536,
    foundAs: /^Late/,
    store: { claimForEver: true },
  },
  // ── the lease ───────────────────────────────────────────────────────────────────────────────────────────────────
  {
    name: 'a lease counts from when its answer came',
    foundAt: 1871,
    foundAs: /^(Held|Acted)/,
    alterations: [
      altered(
        CLIENT_LEASE,
        'this.#since = sent\n',
        'this.#since = { order: sent.order, monotonic: this.#clocks.monotonic(), wall: this.#clocks.wall() }\n',
      ),
    ],
  },
  {
    name: 'a lease goes by the wall clock alone',
    foundAt: 371,
    foundAs: /^(Held|Acted)/,
    alterations: [
      altered(CLIENT_LEASE, 'monotonicMs < this.#ttlMs && wallMs', 'wallMs'),
      altered(CLIENT_LEASE, ' && Math.abs(wallMs - monotonicMs) <= APART_MS', ''),
    ],
  },
  {
    name: 'a lease goes by the monotonic clock alone',
    foundAt: 311,
    foundAs: /^(Held|Acted)/,
    alterations: [
      altered(CLIENT_LEASE, ' && wallMs < this.#ttlMs', ''),
      altered(CLIENT_LEASE, ' && Math.abs(wallMs - monotonicMs) <= APART_MS', ''),
    ],
  },
  {
    name: 'a wall clock that was set back is believed',
    foundAt: 371,
    foundAs: /^(Held|Acted)/,
    alterations: [altered(CLIENT_LEASE, ' && Math.abs(wallMs - monotonicMs) <= APART_MS', '')],
  },
  {
    name: 'a checkpoint does not look at the lease',
    foundAt: 85,
    foundAs: /^(Held|Acted)/,
    alterations: [
      altered(
        'client-sdk/src/gate.ts',
        'return this.#open && this.#lease.isLive()\n  }',
        'return this.#open\n  }',
      ),
    ],
  },
  {
    name: 'an act is begun without a last look at the lease',
    foundAt: 6741,
    foundAs: /^Acted/,
    alterations: [
      altered(
        'client-sdk/src/actions.ts',
        'while (!gate.canContinue() || options.signal?.aborted) await gate.checkpoint(options.signal)',
        'options.signal?.throwIfAborted()',
      ),
    ],
  },
  {
    name: 'a lease is granted without a fresh read of the heads',
    foundAt: 314,
    foundAs: /^(Held|Acted)/,
    alterations: [
      altered(
        'server/src/commands/leases.ts',
        'leaseMs - Math.max(0, now - asOf)',
        'leaseMs - Math.min(0, asOf)',
      ),
    ],
  },
  {
    name: 'a late hint is taken for all there is',
    foundAt: 21175,
    foundAs: /^(Held|Acted|Console)/,
    alterations: [
      altered(
        'server/src/subscriptions/heads-reader.ts',
        '    advanced(partition, seq) {\n',
        '    heard: (partition) => void confirmed.set(partition, clock.monotonicMs()),\n    advanced(partition, seq) {\n',
      ),
      altered(
        'server/src/node.ts',
        '      reached: dispatcher.reached,\n',
        '      reached: (partition, seq) => void (dispatcher?.reached(partition, seq), reader?.heard(partition)),\n',
      ),
    ],
  },
  // ── orders ──────────────────────────────────────────────────────────────────────────────────────────────────────
  {
    name: 'an order is enumerated instead of standing',
    foundAt: 103,
    foundAs: /^(Held|Begun|Acted)/,
    alterations: [
      altered(ORDERS, 'orders.standing.some((order) => matches(order.selector, agent))', 'false'),
      altered(
        'server/src/domain/standing-orders.ts',
        '    .filter((order) => matches(order.selector, { id: doc.id, labels: identity.labels }))',
        "    .filter((order) => matches(order.selector, { id: doc.id, labels: identity.labels }))\n    .filter(({ at }: object & { at?: string }) => (doc.run?.startedAt ?? Infinity) < Date.parse(at ?? ''))",
      ),
    ],
  },
  {
    name: 'an order whose fan-out nobody takes up',
    foundAt: 94,
    foundAs: /^(Unfinished|Late: fan-out)/,
    alterations: [
      altered(
        'server/src/node.ts',
        "if (ref.kind === 'orders') return fanOut.takeUp(ref.tenant, name.slice(name.indexOf(':') + 1))",
        "if (ref.kind === 'orders') return",
      ),
    ],
  },
  // ── epochs and takeovers ────────────────────────────────────────────────────────────────────────────────────────
  {
    name: 'a stale epoch is accepted',
    foundAt: 1,
    foundAs: /^Epoch/,
    alterations: [
      altered(
        'shared/src/epoch.ts',
        'return storeA - storeB || nA - nB',
        'return 0 * (storeA + storeB + nA + nB)',
      ),
    ],
  },
  {
    name: 'a takeover does not wait for the lease',
    foundAt: 27,
    foundAs: /^Held.*was handed out/,
    alterations: [
      altered(
        RUNS,
        '!held.released && held.instance !== body.instance && leaseLeftMs > 0',
        'leaseLeftMs < 0',
      ),
    ],
  },
  {
    name: 'a lease is renewed while a takeover waits for it',
    foundAt: 1222,
    foundAs: /^Held.*was handed out/,
    alterations: [
      altered(HANDLE, 'if (run?.contestedAt !== undefined) {', 'if (run?.contestedAt === 0) {'),
      altered(HANDLE, 'if (!run || run.contestedAt !== undefined) return', 'if (!run) return'),
    ],
  },
  {
    name: 'a denial is forgotten on takeover',
    foundAt: 585,
    foundAs: /^Denied/,
    alterations: [
      altered(
        RUNS,
        "  draft.move('takeover')\n  draft.update({ run, epoch: run.epoch, acknowledged: undefined })",
        "  draft.move('takeover')\n  draft.update({ run, epoch: run.epoch, acknowledged: undefined, denials: [] })",
      ),
    ],
  },
  {
    name: 'an instruction is dropped on takeover',
    foundAt: 504,
    foundAs: /^Lost: instruction/,
    alterations: [
      altered(
        RUNS,
        "  draft.move('takeover')\n  draft.update({ run, epoch: run.epoch, acknowledged: undefined })",
        "  draft.move('takeover')\n  draft.update({ run, epoch: run.epoch, acknowledged: undefined, instructions: [] })",
      ),
    ],
  },
  {
    name: 'a request waits for the store as long as that takes',
    foundAt: 26,
    foundAs: /^Hung/,
    alterations: [
      altered(
        'server/src/api/prompt-desk.ts',
        'const ANSWER_WITHIN_MS = 1_950',
        'const ANSWER_WITHIN_MS = 10_000',
      ),
    ],
  },
  {
    name: 'a snapshot shows the orders that its node remembers',
    foundAt: 157,
    foundAs: /^Console/,
    alterations: [
      altered(
        'server/src/node.ts',
        '(await orders.afresh(tenant)).standing',
        '(await orders.current(tenant)).standing',
      ),
    ],
  },
  // ── once ────────────────────────────────────────────────────────────────────────────────────────────────────────
  {
    name: 'two decisions are accepted',
    foundAt: 7,
    foundAs: /^Twice.*(decision|decided)/,
    alterations: [
      altered(
        RELEASES,
        "  if (item.status !== 'pending')\n    return refused('already_decided'",
        "  if (item.status === 'denied')\n    return refused('already_decided'",
      ),
    ],
  },
  {
    name: 'a begin is not claimed',
    foundAt: 13083,
    foundAs: /^(Twice|Acted twice)/,
    alterations: [altered(BEGINS, 'if (item.begun) return begunBefore(draft, item, body.epoch)', '')],
  },
  {
    name: 'bytes that may have run already are asked for like any others',
    foundAt: 200,
    foundAs: /^Repeated.*not told/,
    keyless: true,
    alterations: [
      altered(
        UNSETTLED,
        'isAbout(one, bytes) && isAbandoned(one, now)',
        'isAbout(one, bytes) && one.id === now',
      ),
    ],
  },
  {
    name: 'a document that had to be read afresh is not remembered',
    foundAt: 1021,
    foundAs: /^Stuck/,
    alterations: [
      altered(
        'server/src/commands/remembering-store.ts',
        '    if (loaded.version > 0) kept.keep(ref, loaded)\n    else kept.drop(ref)\n',
        '',
      ),
    ],
  },
  {
    name: 'a held agent may begin what was released',
    foundAt: 478,
    foundAs: /^Begun/,
    alterations: [altered(BEGINS, 'notReleased(draft, item) ?? heldBack(doc)', 'notReleased(draft, item)')],
  },
  {
    name: 'an instruction is handed out twice',
    foundAt: 494,
    foundAs: /^Instructed twice/,
    alterations: [altered('client-sdk/src/inbox.ts', ' || this.#seen.has(view.id)', '')],
  },
  {
    name: 'an answer is given before its commit',
    foundAt: 1,
    foundAs: /^(Lost|Unreleased|Twice)/,
    alterations: [
      altered(
        'server/src/commands/transact.ts',
        '    const result = await store.commit(change)\n',
        '    void store.commit(change).catch(() => {})\n    return { answer: decision.answer, doc: decision.effects?.doc ?? doc, version: loaded.version + 1, events: [] }\n    const result = await store.commit(change)\n',
      ),
    ],
  },
]
