import { setTimeout as sleep } from 'node:timers/promises'
import { newId } from '@holdpoint/shared'
import { io } from 'socket.io-client'
import { random } from '../harness/random.ts'

/**
 * An agent that keeps to nothing. It takes its own run over again and again, and goes on speaking under the epochs of its former
 * lives, as a process would that slept through its own takeover: every one of those words must be refused (AG6). And it begins
 * what it asked for before anybody has released it (AP9).
 */
export interface Ghost extends AsyncDisposable {
  /** `words` were spoken under former epochs, and so many `refused`; `hasty` begins were refused as not released. */
  readonly tally: { takeovers: number; words: number; refused: number; hasty: number }
}

interface Life {
  readonly run: string
  readonly epoch: string
  readonly instance: string
}

type Answer = { readonly ok: boolean; readonly error?: { readonly code: string } } & Readonly<
  Record<string, unknown>
>

type Ask = (event: string, body: object) => Promise<Answer>

const PACE_MS = 60
const LIVES_KEPT = 8
/** How many words under former epochs go with each takeover. */
const WORDS = 3

export function haunt(url: string, token: string, seed: number): Ghost {
  const tally = { takeovers: 0, words: 0, refused: 0, hasty: 0 }
  const chance = random(seed)
  const lives: Life[] = []
  let ended = false

  const haunting = (async () => {
    while (!ended) {
      try {
        await oneConnection()
      } catch (error) {
        // The server is down, or went while it was asked: there is another connection to come.
        if (!(error instanceof Error)) throw error
      }
      await sleep(PACE_MS)
    }
  })()

  async function oneConnection(): Promise<void> {
    const socket = io(`${url}/agent`, {
      transports: ['websocket'],
      forceNew: true,
      reconnection: false,
      auth: { token, protocol: 1 },
    })
    const ask: Ask = (event, body) => socket.timeout(1_500).emitWithAck(event, body)
    try {
      await new Promise<void>((resolve, reject) => {
        socket.once('hello', () => resolve())
        socket.once('connect_error', reject)
        socket.once('disconnect', () => reject(new Error('disconnected')))
      })
      while (!ended && socket.connected) {
        const life = await takeOver(ask)
        for (let word = 0; word < WORDS && lives.length > 1; word++) await speakAsBefore(ask)
        if (life) await beginAtOnce(ask, life)
        if (life) await ask('lease.release', { epoch: life.epoch })
        await sleep(PACE_MS)
      }
    } finally {
      socket.disconnect()
    }
  }

  async function takeOver(ask: Ask): Promise<Life | undefined> {
    const instance = newId()
    const answer = await ask('run.start', { key: newId(), instance, takeover: true, leaseMs: 500 })
    if (!answer.ok) return undefined
    const run = answer.run as { readonly id: string; readonly epoch: string }
    const life = { run: run.id, epoch: run.epoch, instance }
    lives.push(life)
    if (lives.length > LIVES_KEPT) lives.shift()
    tally.takeovers += 1
    return life
  }

  async function beginAtOnce(ask: Ask, { epoch, instance }: Life): Promise<void> {
    const args = { mark: newId() }
    const answer = await ask('action.request', { key: newId(), epoch, action: 'send_email', args })
    if (!answer.ok || answer.verdict !== 'wait') return
    const { id, digest } = answer.action as { readonly id: string; readonly digest: string }
    const begun = await ask('action.begin', { key: newId(), epoch, instance, id, digest })
    if (begun.error?.code === 'not_released') tally.hasty += 1
    await ask('approval.cancel', { key: newId(), id, reason: 'it was only a try' })
  }

  async function speakAsBefore(ask: Ask): Promise<void> {
    const former = chance.pick(lives.slice(0, -1))
    const { epoch } = former
    const words: readonly (readonly [string, object])[] = [
      ['lease.renew', { epoch, after: 0 }],
      ['action.request', { key: newId(), epoch, action: 'read_file', args: { mark: newId() } }],
      ['question.ask', { key: newId(), epoch, question: newId(), timeoutMs: 1_000, blocking: false }],
      ['run.resume', { run: former.run, epoch, instance: former.instance, after: 0 }],
      ['lease.release', { epoch }],
    ]
    const [event, body] = chance.pick(words)
    tally.words += 1
    const answer = await ask(event, body)
    if (answer.error?.code === 'stale_epoch') tally.refused += 1
  }

  return {
    tally,
    async [Symbol.asyncDispose]() {
      ended = true
      await haunting
    },
  }
}
