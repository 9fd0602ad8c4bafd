import { once } from 'node:events'
import { type AddressInfo, connect, type Socket } from 'node:net'
import { expect, it } from 'vitest'
import { WebSocket } from 'ws'
import { manualClock } from '../../../test/harness/manual-clock.ts'
import { until } from '../../../test/harness/until.ts'
import type { Clock } from '../clock.ts'
import { FloodLimit } from './flood-gate.ts'
import { type Link, Links } from './links.ts'

const KIB = 1024

async function listening(clock: Clock) {
  let floods = 0
  const links = new Links(clock, () => {
    floods += 1
  })
  const server = new links.server({ host: '127.0.0.1', port: 0 })
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const opened = async (): Promise<Link> => ((await once(server, 'connection')) as unknown as [Link])[0]
  return {
    port,
    opened,
    floods: () => floods,
    /** Both ends of one, and how many messages were heard by whoever listens. */
    async pair() {
      const other = new WebSocket(`ws://127.0.0.1:${port}`)
      const [link] = await Promise.all([opened(), once(other, 'open')])
      const seen = { messages: 0 }
      link.on('message', () => {
        seen.messages += 1
      })
      return { other, link, seen }
    },
    async [Symbol.asyncDispose]() {
      await links.close()
      server.close()
    },
  }
}

/** As one piece of what the network brings. */
function together(socket: WebSocket, send: () => void): void {
  const { _socket: wire } = socket as unknown as { readonly _socket: { cork(): void; uncork(): void } }
  wire.cork()
  send()
  wire.uncork()
}

it('[ID4] what came in one piece with a flood is heard by nobody after the cut', async () => {
  await using it = await listening(manualClock())
  const { other, link, seen } = await it.pair()
  const closed = once(link, 'close')
  together(other, () => {
    for (let sent = 0; sent < 500; sent++) other.send('x')
  })
  await closed
  expect(seen.messages).toBe(50)
  expect(it.floods()).toBe(1)
})

it('[ID4] before anybody has shown who they are, a large message costs as many frames as it is long', async () => {
  await using it = await listening(manualClock())
  const { other, link, seen } = await it.pair()
  const closed = once(link, 'close')
  other.send('x'.repeat(48 * 8 * KIB))
  other.send('x'.repeat(8 * KIB))
  await closed
  expect(seen.messages).toBe(1)
})

it('[ID4] whoever owes is read no further until all of it is earned', async () => {
  const clock = manualClock()
  await using it = await listening(clock)
  const { other, link, seen } = await it.pair()
  link.admit(new FloodLimit(clock, 1, 4))
  const large = 'x'.repeat(8 * KIB)
  together(other, () => {
    for (const message of [large, large, 'x', 'x']) other.send(message)
  })
  while (seen.messages < 4) await once(link, 'message')
  expect(link.isPaused).toBe(true)
  // the third is earned then, and the fourth is owed still
  await clock.advance(1_000)
  expect(link.isPaused).toBe(true)
  await clock.advance(999)
  expect(link.isPaused).toBe(true)
  await clock.advance(1)
  expect(link.isPaused).toBe(false)
})

function shakeHands(port: number, allowHalfOpen = false): Socket {
  const socket = connect({ port, host: '127.0.0.1', allowHalfOpen })
  const upgrade = ['Connection: Upgrade', 'Upgrade: websocket', 'Sec-WebSocket-Version: 13']
  socket.write(
    `GET / HTTP/1.1\r\nHost: x\r\n${upgrade.join('\r\n')}\r\nSec-WebSocket-Key: ${btoa('x'.repeat(16))}\r\n\r\n`,
  )
  return socket
}

it('[ID4] whoever never answers a close is cut after a moment', async () => {
  await using it = await listening(manualClock())
  const deaf = shakeHands(it.port)
  const link = await it.opened()
  const closed = once(link, 'close')
  const from = performance.now()
  link.close()
  await closed
  // a bound, no measure: ws alone would wait for half a minute
  expect(performance.now() - from).toBeLessThan(15_000)
  deaf.destroy()
})

it('[ID4] whoever has closed their own half, and reads nothing, is cut after a moment as well', async () => {
  await using it = await listening(manualClock())
  const deaf = shakeHands(it.port, true)
  const link = await it.opened()
  deaf.pause()
  link.send('x'.repeat(32 * 1024 * KIB))
  deaf.end()
  await until('it is seen', () => link.readyState !== WebSocket.OPEN)
  const closed = once(link, 'close')
  link.close()
  await closed
  deaf.destroy()
})
