import fc from 'fast-check'
import { Encoder, type Packet, PacketType } from 'socket.io-parser'
import { expect, it } from 'vitest'
import { textPackets } from './text-packets.ts'

const space = fc.constantFrom('/', '/agent', '/operator')
const told = fc.record({
  type: fc.constant(PacketType.EVENT),
  nsp: space,
  data: fc.tuple(fc.string(), fc.jsonValue()),
})
const asked = fc.record({
  type: fc.constant(PacketType.EVENT),
  nsp: space,
  id: fc.nat(),
  data: fc.tuple(fc.string(), fc.jsonValue()),
})
const answered = fc.record({
  type: fc.constant(PacketType.ACK),
  nsp: space,
  id: fc.nat(),
  data: fc.tuple(fc.jsonValue()),
})
const connected = fc.record({
  type: fc.constantFrom(PacketType.CONNECT, PacketType.CONNECT_ERROR),
  nsp: space,
  data: fc.record({ sid: fc.string() }),
})
const left = fc.record({ type: fc.constant(PacketType.DISCONNECT), nsp: space, data: fc.constant(undefined) })

it('writes each packet as the library does', () => {
  const ours = new textPackets.Encoder()
  const theirs = new Encoder()
  fc.assert(
    fc.property(fc.oneof(told, asked, answered, connected, left), (packet) => {
      expect(ours.encode(packet as Packet)).toEqual(theirs.encode(packet as Packet))
    }),
  )
})
