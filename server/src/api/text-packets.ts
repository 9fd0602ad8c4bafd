import { Decoder, type Packet } from 'socket.io-parser'

/**
 * Writes Socket.IO's packets (its protocol, version 5) as text. The library's own encoder first walks through all that a message
 * holds and looks for binary parts, which takes as long as writing it; here nobody sends any (ID4).
 */
class TextEncoder {
  encode({ type, nsp, id, data }: Packet): [string] {
    const space = nsp === '/' ? '' : `${nsp},`
    return [`${type}${space}${id ?? ''}${data === undefined ? '' : JSON.stringify(data)}`]
  }
}

/** For Socket.IO's option `parser`; what comes is read as by its own. */
export const textPackets = { Encoder: TextEncoder, Decoder }
