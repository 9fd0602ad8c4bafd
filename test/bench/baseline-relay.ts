/**
 * What Socket.IO alone costs for the same hops: agent → server → console room → server → agent, each with its ack.
 * `lease.renew` gets its ack alone, and `stop` is told to all agents. Nothing is stored, checked, decided or numbered. With
 * REDIS_URL, several of them pass on to each other's clients.
 */
import { once } from 'node:events'
import { createServer } from 'node:http'
import { createShardedAdapter } from '@socket.io/redis-adapter'
import { createClient } from 'redis'
import { Server } from 'socket.io'

interface Asked {
  readonly id: string
}
/** Who is to hear of the decision goes along, as no relay remembers anything. */
interface Shown extends Asked {
  readonly from: string
}

const http = createServer((_, response) => response.end('ready'))
const io = new Server(http, { transports: ['websocket'], perMessageDeflate: false, serveClient: false })
const { REDIS_URL: url } = process.env
if (url) {
  const [publisher, subscriber] = [createClient({ url, RESP: 2 }), createClient({ url, RESP: 2 })]
  await Promise.all([publisher.connect(), subscriber.connect()])
  io.adapter(createShardedAdapter(publisher, subscriber))
}
const agents = io.of('/agent')
const consoles = io.of('/operator')

agents.on('connection', (socket) => {
  socket.on('action.request', (body: Asked, acknowledge: (answer: object) => void) => {
    consoles.to('feed').emit('feed', { ...body, from: socket.id } satisfies Shown)
    acknowledge({ ok: true })
  })
  socket.on('lease.renew', (_: object, acknowledge: (answer: object) => void) => {
    acknowledge({ ok: true, state: 'running', seq: 0, ttlMs: 60_000, missed: [] })
  })
})
consoles.on('connection', (socket) => {
  void socket.join('feed')
  socket.on('approval.approve', ({ id, from }: Shown, acknowledge: (answer: object) => void) => {
    agents.to(from).emit('push', { id })
    acknowledge({ ok: true })
  })
  socket.on('stop', (body: object, acknowledge: (answer: object) => void) => {
    agents.emit('order', body)
    acknowledge({ ok: true })
  })
})
http.listen(Number(process.env.HOLDPOINT_PORT), '127.0.0.1')
await once(http, 'listening')
process.once('SIGTERM', () => process.exit(0))
