import { readdirSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { DAY, newId, refusal, SECOND } from '@holdpoint/shared'
import type { FastifyInstance } from 'fastify'
import { isBackupPass } from '../auth/backup-pass.ts'
import type { Keys } from '../auth/keys.ts'
import type { Clock } from '../clock.ts'
import type { Copyable } from '../store/copying.ts'
import { StoreUnavailable } from '../store/store.ts'
import { clientAddress } from './client-address.ts'
import { createConnectGate } from './connect-gate.ts'
import { sendProblem } from './problem.ts'

/** From one address: each costs a signature to be checked. */
const ASKED = { ratePerSecond: 2, burst: 20 }

/** In the data folder, for whoever may read that to take away. */
const OWN = /^backup-[0-9a-f-]{36}\.db(-journal)?$/

/**
 * `POST /v1/backup` with a backup pass copies the store into a new file of its folder. Answers JSON lines while it does,
 * `{ done, total }` in pages, and at last `{ file }`, its name there, or `{ error }`. Who asked and hangs up ends it. The caller
 * names no place, so that nobody can have this process write anywhere else.
 */
export function registerBackup(
  app: FastifyInstance,
  {
    store,
    folder,
    keys,
    clock,
    trustedProxies,
    log,
  }: {
    readonly store: Copyable
    readonly folder: string
    readonly keys: Keys
    readonly clock: Clock
    readonly trustedProxies: number
    readonly log: { error(fields: object, message: string): void }
  },
): void {
  const gate = createConnectGate(clock, ASKED.ratePerSecond, ASKED.burst)
  let running = false

  const copy = async (tell: (line: object) => void, signal: AbortSignal): Promise<void> => {
    const file = `backup-${newId()}.db`
    let toldAt = Number.NEGATIVE_INFINITY
    const told = (done: number, total: number): void => {
      if (clock.monotonicMs() - toldAt < SECOND) return
      toldAt = clock.monotonicMs()
      tell({ done, total })
    }
    try {
      removeForgotten(folder, clock.now())
      await store.backup(join(folder, file), { told, signal })
      tell({ file })
    } catch (error) {
      const isPlain = error instanceof StoreUnavailable
      if (!isPlain && !signal.aborted) log.error({ err: error }, 'the store could not be copied')
      tell({ error: isPlain ? refusal('unavailable', error.message) : refusal('internal') })
    }
  }

  app.post('/v1/backup', async ({ headers, raw: request }, reply) => {
    if (!gate.take(clientAddress(request, trustedProxies))) return sendProblem(reply, refusal('rate_limited'))
    const [, pass] = /^Bearer (.+)$/.exec(headers.authorization ?? '') ?? []
    if (!(await isBackupPass(keys, pass, clock)))
      return sendProblem(
        reply,
        refusal('unauthenticated', 'A backup is asked for with the keys of this server.'),
      )
    if (running)
      return sendProblem(reply, refusal('conflict', 'A backup is being made; wait until it is done.'))
    running = true
    const hungUp = new AbortController()
    reply.hijack()
    const { raw } = reply
    raw.once('close', () => hungUp.abort(new Error('hung up')))
    raw.writeHead(200, { 'content-type': 'application/x-ndjson', 'cache-control': 'no-store' })
    await copy((line) => raw.write(`${JSON.stringify(line)}\n`), hungUp.signal).finally(() => {
      running = false
    })
    raw.end()
    return reply
  })
}

/** What nobody has taken away: they were ended in between. */
function removeForgotten(folder: string, now: number): void {
  for (const name of readdirSync(folder)) {
    const path = join(folder, name)
    if (OWN.test(name) && statSync(path).mtimeMs < now - DAY) rmSync(path, { force: true })
  }
}
