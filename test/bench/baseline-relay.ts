/**
 * What Socket.IO alone costs for the same hops: agent → server → console room → server → agent, each with its ack.
 * Nothing is stored, checked, decided or numbered.
 */
import { once } from 'node:events'
import { createServer } from 'node:http'
import { Server } from 'socket.io'

interface Asked {
  readonly id: string
}

const http = createServer((_, response) => response.end('ready'))
const io = new Server(http, { transports: ['websocket'], perMessageDeflate: false, serveClient: false })
const agents = io.of('/agent')
const consoles = io.of('/operator')
/** Who waits for which decision. */
const asking = new Map<string, string>()

agents.on('connection', (socket) => {
  socket.on('action.request', (body: Asked, acknowledge: (answer: object) => void) => {
    asking.set(body.id, socket.id)
    consoles.to('feed').emit('feed', body)
    acknowledge({ ok: true })
  })
})
consoles.on('connection', (socket) => {
  void socket.join('feed')
  socket.on('approval.approve', (body: Asked, acknowledge: (answer: object) => void) => {
    const agent = asking.get(body.id)
    asking.delete(body.id)
    if (agent !== undefined) agents.to(agent).emit('push', body)
    acknowledge({ ok: true })
  })
})
http.listen(Number(process.env.HOLDPOINT_PORT), '127.0.0.1')
await once(http, 'listening')
process.once('SIGTERM', () => process.exit(0))
