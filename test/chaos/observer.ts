import type { EventView, Feed, OperatorAnswers } from '@holdpoint/shared'
import { io, type Socket } from 'socket.io-client'
import type { FeedPlace, Observation } from './history.ts'

/** A console that only looks, and writes down every frame as it came. It speaks the wire itself, without the SDK. */
export interface Observer extends AsyncDisposable {
  /** Up to where it has read. */
  readonly seq: number
  readonly connections: number
}

type SyncAnswer = ({ readonly ok: true } & OperatorAnswers['sync']) | { readonly ok: false }

const PACE_MS = 50

export function observe(
  url: string,
  token: string,
  observer: string,
  note: (observation: Observation) => void,
): Observer {
  let cursor: string | undefined
  let seq = 0
  let connection = 0
  let socket: Socket | undefined
  let ended = false
  let retry: NodeJS.Timeout | undefined

  const read = (place: FeedPlace, events: readonly EventView[]): void => {
    if (events.length === 0) return
    note({ kind: 'feed.read', at: Date.now(), ...place, events })
    seq = Math.max(seq, events.at(-1)?.seq ?? 0)
  }

  const connect = (): void => {
    if (ended) return
    connection += 1
    const opened = connection
    const placeOf = ({ storeEpoch, partition }: Feed | OperatorAnswers['sync']): FeedPlace => ({
      observer,
      connection: opened,
      storeEpoch,
      partition,
    })
    const current = io(`${url}/operator`, {
      transports: ['websocket'],
      forceNew: true,
      reconnection: false,
      auth: { token, protocol: 1 },
    })
    socket = current
    // Until it is in sync, frames only say that there is more than the answers held so far.
    let early: Feed[] | undefined = []
    // Once: disconnecting tells of a disconnect, and two connections at a time would each see another end of the feed.
    let over = false
    const again = (): void => {
      if (over || ended) return
      over = true
      current.disconnect()
      retry = setTimeout(connect, PACE_MS)
    }
    const sync = (): void => {
      current.timeout(5_000).emit('sync', { cursor }, (error: unknown, answer: SyncAnswer) => {
        if (error || !answer.ok) return again()
        read(placeOf(answer), answer.events)
        cursor = answer.cursor
        if (answer.more) return sync()
        note({
          kind: 'feed.opened',
          at: Date.now(),
          ...placeOf(answer),
          seq: answer.seq,
          reset: answer.snapshot !== undefined,
        })
        seq = Math.max(seq, answer.seq)
        for (const frame of early ?? []) read(placeOf(frame), frame.events)
        early = undefined
      })
    }
    current.on('hello', sync)
    current.on('feed', (frame: Feed) => (early ? void early.push(frame) : read(placeOf(frame), frame.events)))
    current.on('connect_error', again)
    current.on('disconnect', again)
  }
  connect()

  return {
    get seq() {
      return seq
    },
    get connections() {
      return connection
    },
    async [Symbol.asyncDispose]() {
      ended = true
      clearTimeout(retry)
      socket?.disconnect()
    },
  }
}
